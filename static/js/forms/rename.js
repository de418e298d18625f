// [data-rename] shows the field before it, which renames a row of a table. Enter saves, and so does
// leaving the field. Esc keeps the old name.

import { afterSwap, on, onKey } from "../events.js";

let renamed = ""; // the ID of the button whose row was renamed last

on("[data-rename]", "click", (button) => {
  const field = button.previousElementSibling;
  field.hidden = false;
  field.select();
});

/** Return whether the name is too long, and say so. A maxlength would cut it without a word. */
function isTooLong(field) {
  const { most, tooLong } = field.dataset;
  const count = [...field.value].length;
  field.setCustomValidity(count > Number(most) ? tooLong.replace("{count}", count) : "");
  return !field.reportValidity();
}

function close(field) {
  if (field.hidden || isTooLong(field)) return;
  const button = field.nextElementSibling;
  field.hidden = true;
  if (field.value === field.defaultValue) return;
  renamed = button.id;
  htmx.trigger(field, "rename");
}

onKey("[data-rename-to]", (field, event) => {
  if (event.key === "Escape") field.value = field.defaultValue;
  else if (event.key !== "Enter") return;
  event.preventDefault();
  close(field);
  if (field.hidden) field.nextElementSibling.focus();
});

on("[data-rename-to]", "focusout", close);

// The row may be in another place now.
afterSwap(() => {
  if (renamed && document.activeElement === document.body) {
    document.getElementById(renamed)?.focus();
  }
  renamed = "";
});
