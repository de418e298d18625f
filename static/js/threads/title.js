// #thread-title is a field that is saved when it is left (its hx-trigger); Enter leaves it.

import { on } from "../events.js";

on("#thread-title", "keydown", (title, event) => {
  if (event.key === "Enter") title.blur();
});
