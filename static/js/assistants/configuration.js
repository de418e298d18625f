// #assistant-form, the configuration column. htmx saves it to the draft while somebody types; this
// module knows what is not saved yet.

import { afterSwap, on, onHtmx } from "../events.js";

const form = document.getElementById("assistant-form");
let changes = 0; // how often something was changed, saved or not

const isDirty = () => form?.hasAttribute("data-dirty");
const isSave = (ctx) => ctx.sourceElement === form;
const save = () => form.dispatchEvent(new Event("change"));

// --- what is not saved yet ---------------------------------------------------------------------
function noteChange() {
  changes += 1;
  form.toggleAttribute("data-dirty", true);
}
form?.addEventListener("input", noteChange);
form?.addEventListener("change", noteChange);

onHtmx("before:request", ({ ctx }) => {
  if (isSave(ctx)) ctx.covers = changes;
});

afterSwap((ctx) => {
  if (ctx.target.id === "search-store") save(); // a store made in the form
  if (!isSave(ctx)) return;
  // What was typed while the answer was on its way is not in it.
  form.toggleAttribute("data-dirty", ctx.covers !== changes);
  switchParts();
  markInvalid();
});

// The chosen model may take no temperature, or know no reasoning effort.
function switchParts() {
  const without = document.getElementById("model-notes").dataset.without.split(" ");
  for (const name of ["sampling", "reasoning"]) {
    const part = document.getElementById(`part-${name}`);
    if (part.disabled === without.includes(name)) continue;
    part.disabled = !part.disabled;
    save(); // what is disabled is not sent, and so no longer in the draft
  }
}

function markInvalid() {
  for (const place of form.querySelectorAll(".error[id]")) {
    for (const field of form.querySelectorAll(`[aria-describedby="${place.id}"]`)) {
      if (place.textContent) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
}

addEventListener("online", () => {
  if (isDirty()) save();
});

addEventListener("beforeunload", (event) => {
  if (isDirty()) event.preventDefault();
});

// What is about to be published or compared is saved first. Captured, and so before htmx.
on(
  "[data-act=publish], [data-act=diff]",
  "click",
  () => {
    if (isDirty()) save();
  },
  { capture: true },
);

// --- the expanded instructions -----------------------------------------------------------------
document.addEventListener("keydown", (event) => {
  if (form && event.key === "Escape")
    document.getElementById("expand-instructions").checked = false;
});
