// Checkboxes that select rows of a table.

import { afterSwap, nowAndAfterSwap, on } from "../events.js";

// [data-selection] is a form that counts the selected rows and enables its actions for them. Its
// field "all" stands for all rows that the filter finds, also those on other pages.
const everythingOf = (form) => form.querySelector("[name=all]");

function show(form) {
  const boxes = [...form.querySelectorAll("[name=id]")];
  const checked = boxes.filter((box) => box.checked).length;
  const everything = everythingOf(form);
  const total = Number(everything.dataset.total);
  if (checked < boxes.length) everything.value = "";
  const count = everything.value ? total : checked;
  form.dataset.count = count; // for questions, see shell/confirm.js
  const all = form.querySelector("[data-select-all]");
  all.checked = checked === boxes.length;
  all.indeterminate = checked > 0 && checked < boxes.length;
  form.querySelector("[data-none]").hidden = count > 0;
  form.querySelector("[data-some]").hidden = count === 0;
  form.querySelector("[data-count]").textContent = count.toLocaleString(
    document.documentElement.lang,
  );
  form.querySelector("[data-select-found]").hidden = !all.checked || count === total;
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

on("[data-select-found]", "click", ({ form }) => {
  const everything = everythingOf(form);
  everything.value = everything.dataset.newest;
  show(form);
  form.querySelector("[data-select-all]").focus(); // the button is hidden now
});

function showAll() {
  for (const form of document.querySelectorAll("[data-selection]")) {
    everythingOf(form).value = ""; // the filter may find something else now
    show(form);
  }
}

nowAndAfterSwap(showAll);
// A browser restores the checkboxes when somebody navigates back to the page.
addEventListener("pageshow", showAll);

// An action on rows removes or disables the button that had the focus.
let acted = false;

on("[data-acts]", "click", () => (acted = true));

afterSwap(() => {
  if (acted && document.activeElement.matches("body, :disabled")) {
    const box = document.querySelector("[data-select-all]");
    (box ?? document.querySelector("main [type=search]"))?.focus();
  }
  acted = false;
});
