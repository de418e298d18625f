// The dialog that edits a function or the schema of replies. The server renders it, and returns the
// new fields of the configuration when it is done.

import { on } from "../events.js";
import { ask } from "../shell/confirm.js";
import { nameOf, partNamed } from "./parts.js";

const dialog = document.getElementById("function-dialog");
const changed = new Set(); // action URLs of the dialog's forms with unsaved changes: function, mock

let partName; // the part of the configuration that the dialog edits

function open(button) {
  partName = nameOf(button);
  const row = button.closest(".fn");
  const area = row?.querySelector("textarea");
  const model = document.getElementById("f-model").value;
  const values = { act: button.dataset.act ?? "", model };
  if (row) {
    values[area.name] = area.value;
    values.place = [...row.parentElement.children].indexOf(row);
  }
  changed.clear();
  // The text of a mock is kept when somebody changes tabs, so the last function's has to go.
  document.getElementById("function-body").replaceChildren();
  htmx.ajax("POST", button.dataset.edit, { target: "#function-body", values });
  dialog.showModal();
}

// Makes the configuration save the change, as if it had been typed.
function notifyForm() {
  const field = partNamed(partName);
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

on("[data-edit]", "click", open);

// Without a schema, the response format isn't complete.
on("[data-shows-schema]", "change", ({ value }) => {
  const row = document.getElementById("schema-field");
  if (value === "json_schema" && !row.querySelector("textarea").value) {
    open(row.querySelector("[data-edit]"));
  }
});

// A model that still writes a function must not put it into the next dialog.
dialog?.addEventListener("close", () => htmx.trigger(dialog.querySelector("form"), "htmx:abort"));

on("#function-dialog [data-close]", "click", () => dialog.requestClose());

on("[data-remove-function]", "click", (button) => {
  partName = nameOf(button);
  button.closest(".fn").remove();
  notifyForm();
  document.querySelector("#functions-field > .btn").focus();
});

on("#function-dialog", "input", (_dialog, { target }) =>
  changed.add(target.closest("form").action),
);

on("#function-dialog .mock-tab", "submit", (form) => changed.delete(form.action));

dialog?.addEventListener("cancel", (event) => {
  if (!changed.size) return;
  event.preventDefault();
  const { lose, yes } = dialog.dataset;
  ask(lose, { yes }).then((isSure) => isSure && dialog.close());
});

document.addEventListener("functionchanged", () => {
  // The function is saved. If its mock is not, closing the dialog still asks for confirmation.
  if (!changed.has(dialog.querySelector(".mock-tab")?.action)) changed.clear();
  dialog.requestClose();
  notifyForm();
});
