// dialog[data-lose]: asks before it closes with unsaved changes. The attribute is the question.

import { on } from "../events.js";
import { ask } from "./confirm.js";

const DIALOG = "dialog[data-lose]";
const early = { capture: true }; // these events don't bubble

export const changed = new Set(); // addresses of the open dialog's forms with unsaved changes

on(DIALOG, "input", (_dialog, { target }) => changed.add(target.closest("form")?.action));
on(`${DIALOG} .mock-tab`, "submit", (form) => changed.delete(form.action));
// It can come late, when the dialog is open again.
on(DIALOG, "close", (dialog) => dialog.open || changed.clear(), early);

on(
  DIALOG,
  "cancel",
  async (dialog, event) => {
    if (!changed.size || event.target !== dialog) return;
    event.preventDefault();
    const { lose, yes } = dialog.dataset;
    if (await ask(lose, { yes })) dialog.close();
  },
  early,
);

// The button with the cross would close it without a question.
on(`${DIALOG} form[method=dialog]`, "submit", (form, event) => {
  event.preventDefault();
  form.closest("dialog").requestClose();
});
