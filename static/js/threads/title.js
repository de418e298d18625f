// #thread-title is saved when it loses the focus. Enter does the same.

import { on } from "../events.js";

on("#thread-title", "keydown", (title, event) => {
  if (event.key === "Enter") title.blur();
});
