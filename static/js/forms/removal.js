// Rows that a button removes, [data-removes]. The attribute's text is what the toast says whose Undo
// brings the row back.

import { on, onKey } from "../events.js";
import { toast } from "../shell/toasts.js";

const SECOND_WITHIN = 500; // milliseconds
const SAME_PLACE = 8; // pixels
let last; // click

// The next row moves to the place of the removed one. The second click of a double click, or a key
// that is held down, must not remove it. In front of htmx's own listeners.
on(
  "[data-removes]",
  "click",
  (_button, event) => {
    const isSecond =
      last &&
      event.detail && // not by a key
      event.timeStamp - last.timeStamp < SECOND_WITHIN &&
      Math.abs(event.clientY - last.clientY) < SAME_PLACE;
    last = event;
    if (!isSecond) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);
onKey("[data-removes]", (_button, event) => event.repeat && event.preventDefault());

/** Remove the row of the button. Call `changed(list)` then, and after an Undo. */
export function removeRow(button, row, changed) {
  const list = row.parentElement;
  const place = [...list.children].indexOf(row);
  const isEmpty = ![...row.querySelectorAll("input, textarea")].some(({ value }) => value);
  row.remove();
  changed(list);
  if (isEmpty) return;
  toast(button.dataset.removes, {
    undo() {
      // The list may have been replaced since.
      const now = list.isConnected ? list : document.getElementById(list.id);
      now.insertBefore(row, now.children[place] ?? null);
      changed(now);
      button.focus();
    },
  });
}
