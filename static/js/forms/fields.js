// Small behaviours of form fields, each requested by a data attribute.

import { nowAndAfterSwap, on } from "../events.js";
import { faultOfJson, lengthOf } from "../pure/text.js";
import "./refused.js";

const byId = (id) => document.getElementById(id);

// [data-pair]: a slider and a number field that follow each other.
on("[data-pair]", "input", (slider) => {
  byId(slider.dataset.pair).value = slider.value;
});
on("input, textarea", "input", (field) => {
  const slider = document.querySelector(`[data-pair="${field.id}"]`);
  // An empty field means the default, which is 1 for both temperature and top P.
  if (slider) slider.value = field.value || 1;
});

// [data-count-of]: the length of a field's text, shown when it gets close to the limit.
on("input, textarea", "input", (field) => {
  const count = document.querySelector(`[data-count-of="${field.id}"]`);
  if (count) count.textContent = lengthOf(field.value.length, count.dataset);
});

// [data-json-check]: a warning below text that looks like JSON but is not valid.
function checkJson(place) {
  const [field, hint] = ["textarea", "[data-json-hint]"].map((part) => place.querySelector(part));
  const fault = faultOfJson(field.value);
  hint.hidden = !fault;
  const at = hint.querySelector("[data-pattern]");
  const { pattern } = at.dataset;
  at.textContent = fault?.line ? pattern.replace(/{(\w+)}/g, (_all, name) => fault[name]) : "";
}

on("[data-json-check]", "input", checkJson);
nowAndAfterSwap(() => document.querySelectorAll("[data-json-check]").forEach(checkJson));

// [data-sets]: a button that sets a field to its own value.
on("[data-sets]", "click", (button) => {
  const field = byId(button.dataset.sets);
  field.value = button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// [data-shows]: a checkbox that shows an element while it is checked.
on("[data-shows]", "change", (box) => {
  byId(box.dataset.shows).hidden = !box.checked;
});

// [data-shows-schema]: the response format. Only json_schema has a schema to edit.
on("[data-shows-schema]", "change", (choice) => {
  byId("schema-field").hidden = choice.value !== "json_schema";
});

// [data-sends]: a form that is submitted when one of its fields changes.
on("input, select, textarea", "change", ({ form }) => {
  if (form?.matches("[data-sends]")) form.requestSubmit();
});

// [data-prune]: a form that leaves empty fields out of its URL.
on("[data-prune]", "formdata", (_form, { formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});
