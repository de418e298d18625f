// Checkboxes that select rows of a table.

import { nowAndAfterSwap, on } from "../events.js";

// [data-all] selects all rows of its table.
on("[data-all]", "change", (all) => {
  for (const box of all.closest("table").querySelectorAll("[name=selected]")) {
    box.checked = all.checked;
  }
});

// [data-selection] is a form that counts the selected rows and enables its actions for them.
function show(form) {
  const boxes = [...form.querySelectorAll("[name=id]")];
  const count = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-select-all]");
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && count < boxes.length;
  form.querySelector("[data-none]").hidden = count > 0;
  form.querySelector("[data-some]").hidden = count === 0;
  form.querySelector("[data-count]").textContent = count;
  const title = document.querySelector("[data-counts]");
  if (title) {
    const { one, many } = title.dataset;
    title.textContent = count === 1 ? one : many.replace("{count}", count);
  }
  for (const button of form.querySelectorAll("[data-needs-some]")) button.disabled = count === 0;
}

on("[data-selection]", "change", (form, { target }) => {
  if ("selectAll" in target.dataset) {
    for (const box of form.querySelectorAll("[name=id]")) box.checked = target.checked;
  }
  show(form);
});

function showAll() {
  for (const form of document.querySelectorAll("[data-selection]")) show(form);
}

nowAndAfterSwap(showAll);
// A browser restores the checkboxes when somebody navigates back to the page.
addEventListener("pageshow", showAll);
