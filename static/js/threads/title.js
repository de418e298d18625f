// #thread-title is saved when it loses the focus. Enter does the same.

import { onKey } from "../events.js";

onKey("#thread-title", (title, event) => {
  if (event.key === "Enter") title.blur();
});
