// [data-dialog] opens the dialog that it names.

import { on } from "../events.js";

export function openDialog(dialog) {
  if (dialog.dataset.loading) {
    // Its content is on the way: what it showed last time is no longer true.
    const skeleton = document.getElementById("skeleton").content.cloneNode(true);
    dialog.firstElementChild.replaceChildren(skeleton);
  }
  if (!dialog.open) dialog.showModal();
}

on("[data-dialog]", "click", ({ dataset }) => openDialog(document.getElementById(dataset.dialog)));

// An answer without content: what was asked for in the dialog is under way, and there is nothing
// more to say there.
on("dialog", "htmx:after:request", (dialog, event) => {
  if (event.detail.ctx.response?.status === 204) dialog.close();
});

// A dialog that deletes much has to be confirmed in words.
on("[data-confirms]", "input", (field) => {
  const button = field.closest("dialog").querySelector("[data-confirmed]");
  button.disabled = field.value.trim().toLowerCase() !== field.dataset.confirms;
});
