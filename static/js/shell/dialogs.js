// Dialogs. A button with [data-dialog] opens the dialog of that id.

import { on } from "../events.js";
import { isComposing } from "../pure/keys.js";
import "./confirm.js";

export function openDialog(dialog) {
  if (dialog.dataset.loading) {
    // The new content is still loading. Don't show the content of the last time.
    const skeleton = document.getElementById("skeleton").content.cloneNode(true);
    dialog.firstElementChild.replaceChildren(skeleton);
  }
  if (!dialog.open) dialog.showModal();
}

on("[data-dialog]", "click", ({ dataset }) => openDialog(document.getElementById(dataset.dialog)));

// An empty answer (204) means that the request in the dialog was accepted.
on("dialog", "htmx:after:request", (dialog, event) => {
  if (event.detail.ctx.response?.status === 204) dialog.close();
});

// [data-confirms] enables the button of its dialog once its text has been typed.
on("[data-confirms]", "input", (field) => {
  const button = field.closest("dialog").querySelector("[data-confirmed]");
  const typed = field.value.normalize().trim().replace(/\s+/g, " ").toLowerCase();
  button.disabled = typed !== field.dataset.confirms;
});

// Its Enter is for that button, not for the form of the field, which may have others.
on("[data-confirms]", "keydown", (field, event) => {
  if (event.key !== "Enter" || isComposing(event)) return;
  event.preventDefault();
  field.closest("dialog").querySelector("[data-confirmed]").click();
});
