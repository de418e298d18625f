// Rows of fields. [data-add-row] adds a row from the template of its fieldset.

import { on } from "../events.js";
import { removeRow } from "./removal.js";

on("[data-add-row]", "click", (button) => {
  const template = button.closest("fieldset").querySelector("template");
  template.before(template.content.cloneNode(true));
  template.previousElementSibling.querySelector("input").focus();
});

on("[data-remove-row]", "click", (button) => {
  removeRow(button, button.closest("[data-row]"), (list) => {
    list.dispatchEvent(new Event("input", { bubbles: true })); // for a form that is saved by itself
    list.querySelector("[data-add-row]").focus();
  });
});
