// Rows of fields: [data-add-row] adds one from the fieldset's template, [data-remove-row] removes it.

import { on } from "../events.js";

on("[data-add-row]", "click", (button) => {
  const template = button.closest("fieldset").querySelector("template");
  template.before(template.content.cloneNode(true));
  template.previousElementSibling.querySelector("input").focus();
});

on("[data-remove-row]", "click", (button) => button.closest("[data-row]").remove());
