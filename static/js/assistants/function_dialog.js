// #function-dialog, for a function or for the schema of replies. The server renders it, and gives
// the fields of the configuration back when somebody is done.

import { on } from "../events.js";

const dialog = document.getElementById("function-dialog");
const changed = new Set(); // addresses of the forms in it that have changes: the function, its mock

function open(button) {
  const row = button.closest(".fn");
  const area = row?.querySelector("textarea");
  const values = { act: button.dataset.act ?? "" };
  if (row) {
    values[area.name] = area.value;
    values.place = [...row.parentElement.children].indexOf(row);
  }
  changed.clear();
  // A mock is kept from tab to tab of the dialog, but not from one function to the next.
  document.getElementById("function-body").replaceChildren();
  htmx.ajax("POST", button.dataset.edit, { target: "#function-body", values });
  dialog.showModal();
}

// The configuration hears of it as if it had been typed there.
function tellForm() {
  const field = document.getElementById("functions-field");
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

on("[data-edit]", "click", open);
on("#function-dialog [data-close]", "click", () => dialog.requestClose());

on("[data-remove-function]", "click", (button) => {
  button.closest(".fn").remove();
  tellForm();
  document.querySelector("#functions-field > .btn").focus();
});

on("#function-dialog", "input", (_dialog, { target }) =>
  changed.add(target.closest("form").action),
);

on("#function-dialog .mock-tab", "submit", (form) => changed.delete(form.action));

dialog?.addEventListener("cancel", (event) => {
  if (changed.size && !confirm(dialog.dataset.lose)) event.preventDefault();
});

document.addEventListener("functionchanged", () => {
  // The function is in the configuration now. A mock that was not saved still asks before it goes.
  if (!changed.has(dialog.querySelector(".mock-tab")?.action)) changed.clear();
  dialog.requestClose();
  tellForm();
});
