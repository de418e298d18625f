// Small helps for fields of forms, each by an attribute in the HTML.

import { on } from "../events.js";
import { isBrokenJson, lengthOf } from "../pure/text.js";

const byId = (id) => document.getElementById(id);

// [data-pair]: a slider beside the number field that it names. Each follows the other.
on("[data-pair]", "input", (slider) => {
  byId(slider.dataset.pair).value = slider.value;
});
on("input, textarea", "input", (field) => {
  const slider = document.querySelector(`[data-pair="${field.id}"]`);
  // An empty field leaves the choice to the model; 1 is the default of temperature and of top P.
  if (slider) slider.value = field.value || 1;
});

// [data-count-of]: the length of a field's text, shown when it comes near the limit.
on("input, textarea", "input", (field) => {
  const count = document.querySelector(`[data-count-of="${field.id}"]`);
  if (count) count.textContent = lengthOf(field.value.length, count.dataset);
});

// [data-json-check]: a hint under a text that looks like JSON and is broken.
on("[data-json-check]", "input", (place, event) => {
  const hint = place.querySelector("[data-json-hint]");
  if (hint) hint.hidden = !isBrokenJson(event.target.value);
});

// [data-sets]: a button that puts its value into a field.
on("[data-sets]", "click", (button) => {
  const field = byId(button.dataset.sets);
  field.value = button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// [data-shows]: a box that shows what it names while it is ticked.
on("[data-shows]", "change", (box) => {
  byId(box.dataset.shows).hidden = !box.checked;
});

// [data-shows-schema]: the choice of a reply's format, with the schema of replies for one of them.
on("[data-shows-schema]", "change", (choice) => {
  byId("schema-field").hidden = choice.value !== "json_schema";
});

// [data-sends]: a form that is sent when one of its fields changes.
on("input, select, textarea", "change", ({ form }) => {
  if (form?.matches("[data-sends]")) form.requestSubmit();
});

// [data-prune]: a form whose URL names only the fields that were filled in.
on("[data-prune]", "formdata", (_form, { formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});
