// How a reader wants the thread to look: the [data-look] switches in the menu of panels. theme.js
// restores it before the first paint.

import { nowAndAfterSwap, on } from "../events.js";
import { namesIn, toggled } from "../pure/panels.js";

const root = document.documentElement;

/** Return whether the reader has switched on this look. */
export const hasLook = (name) => namesIn(root.dataset.look).has(name);

/** Call `handler()` when the reader has switched this look. */
export function onLook(handler, name) {
  on(`[data-look=${name}]`, "click", handler);
}

function showPressed() {
  for (const button of document.querySelectorAll("button[data-look]")) {
    button.ariaPressed = String(hasLook(button.dataset.look));
  }
}

on(
  "button[data-look]",
  "click",
  ({ dataset }) => {
    root.dataset.look = toggled(root.dataset.look, dataset.look);
    localStorage.setItem("look", root.dataset.look);
    showPressed();
  },
  { capture: true }, // before the handlers of onLook()
);

nowAndAfterSwap(showPressed);
