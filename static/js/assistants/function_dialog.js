// The dialog that edits a function or the schema of replies. The server renders it, and returns the
// new fields of the configuration when it is done.

import { afterSwap, on } from "../events.js";
import { removeRow } from "../forms/removal.js";
import { changed } from "../shell/unsaved.js";
import { nameOf, partNamed } from "./parts.js";

const dialog = document.getElementById("function-dialog");

function open(button) {
  dialog.dataset.partName = nameOf(button);
  const row = button.closest(".fn");
  const area = row?.querySelector("textarea");
  const model = document.getElementById("f-model").value;
  const { act = "" } = button.dataset;
  const names = [...document.querySelectorAll("#functions .fn-name")];
  const others = names.filter((name) => act || !row?.contains(name));
  const taken = others.map((name) => name.textContent).join(" ");
  const values = { act, model, taken };
  if (row) {
    values[area.name] = area.value;
    values.place = [...row.parentElement.children].indexOf(row);
  }
  // The text of a mock is kept when somebody changes tabs, so the last function's has to go.
  document.getElementById("function-body").replaceChildren();
  htmx.ajax("POST", button.dataset.edit, { target: "#function-body", values });
  dialog.showModal();
}

// Makes the configuration save the change, as if it had been typed.
function notifyForm(partName = dialog.dataset.partName) {
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

// A tab leads to its first field, which may be loaded after it.
afterSwap(() => {
  if (!document.activeElement.matches("#function-dialog [aria-pressed=true]")) return;
  const fields = dialog.querySelectorAll("code-field, .input:not([type=file])");
  [...fields].find((field) => field.checkVisibility())?.focus();
});

// A model that still writes a function must not put it into the next dialog.
dialog?.addEventListener("close", () => htmx.trigger(dialog.querySelector("form"), "htmx:abort"));

on("#function-dialog [data-close]", "click", () => dialog.requestClose());

on("[data-remove-function]", "click", (button) => {
  const partName = nameOf(button);
  removeRow(button, button.closest(".fn"), () => {
    notifyForm(partName);
    document.querySelector("#functions-field > .btn").focus();
  });
});

document.addEventListener("functionchanged", () => {
  // The function is saved. If its mock is not, closing the dialog still asks for confirmation.
  if (!changed.has(dialog.querySelector(".mock-tab")?.action)) changed.clear();
  dialog.requestClose();
  notifyForm();
});
