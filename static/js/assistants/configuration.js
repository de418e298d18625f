// The configuration column, #assistant-form. htmx saves the draft while somebody types; this module
// keeps track of changes that are not saved yet.

import { afterSwap, on, onHtmx, onKey } from "../events.js";

const form = document.getElementById("assistant-form");
let changes = 0; // the number of changes since the page was loaded

const isDirty = () => form?.hasAttribute("data-dirty");
const isSave = (ctx) => ctx.sourceElement === form;
const save = () => form.dispatchEvent(new Event("change"));

// --- unsaved changes ---------------------------------------------------------------------------
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
  if (ctx.target.id === "search-store") save(); // a vector store was created in the form
  if (!isSave(ctx)) return;
  // Changes made during the request are not part of it.
  form.toggleAttribute("data-dirty", ctx.covers !== changes);
  switchParts();
  markInvalid();
});

// Disables the settings that the chosen model doesn't have: sampling or reasoning effort.
function switchParts() {
  const without = document.getElementById("model-notes").dataset.without.split(" ");
  for (const name of ["sampling", "reasoning"]) {
    const part = document.getElementById(`part-${name}`);
    if (part.disabled === without.includes(name)) continue;
    part.disabled = !part.disabled;
    save(); // disabled fields are not submitted, which removes them from the draft
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

// Save before publishing or comparing. This runs before htmx sends the request of the click.
on(
  "[data-act=publish], [data-act=diff]",
  "click",
  () => {
    if (isDirty()) save();
  },
  { capture: true },
);

// --- the expanded instructions -----------------------------------------------------------------
onKey("*", (_element, { key }) => {
  if (form && key === "Escape") document.getElementById("expand-instructions").checked = false;
});
