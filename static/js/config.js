// The configuration column: what is not saved yet, the publish dialog, small helps of fields, and
// the dialog of functions.

const form = document.getElementById("assistant-form");
const saved = (event) => event.detail.ctx.sourceElement === form;
let pending = 0; // inputs that no answer has come to yet

// --- autosave -------------------------------------------------------------------------------
function typed() {
  pending += 1;
  form.toggleAttribute("data-dirty", true);
}
form?.addEventListener("input", typed);
form?.addEventListener("change", typed);

document.addEventListener("htmx:before:request", (event) => {
  if (saved(event)) event.detail.ctx.covers = pending;
});
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target.id === "search-store") save(); // a store made in the form
  if (!saved(event)) return;
  form.toggleAttribute("data-dirty", event.detail.ctx.covers !== pending);
  const without = document.getElementById("model-notes").dataset.without.split(" ");
  for (const name of ["sampling", "reasoning"]) {
    const part = document.getElementById(`part-${name}`);
    if (part.disabled === without.includes(name)) continue;
    part.disabled = !part.disabled;
    save(); // what is disabled is not sent, and so no longer in the draft
  }
  for (const place of form.querySelectorAll(".error[id]")) {
    for (const field of form.querySelectorAll(`[aria-describedby="${place.id}"]`)) {
      field.toggleAttribute("aria-invalid", false);
      if (place.textContent) field.setAttribute("aria-invalid", "true");
    }
  }
});
addEventListener("online", () => form?.hasAttribute("data-dirty") && save());
addEventListener("beforeunload", (event) => {
  if (form?.hasAttribute("data-dirty")) event.preventDefault();
});

const save = () => form.dispatchEvent(new Event("change"));

document.addEventListener("keydown", (event) => {
  if (form && event.key === "Escape")
    document.getElementById("expand-instructions").checked = false;
});

document.addEventListener(
  "click",
  (event) => {
    // What is about to be published or compared is first saved.
    if (
      event.target.closest("[data-act=publish], [data-act=diff]") &&
      form.hasAttribute("data-dirty")
    )
      save();
  },
  true,
);

document.addEventListener("click", (event) => {
  const sets = event.target.closest("[data-sets]");
  if (!sets) return;
  const field = document.getElementById(sets.dataset.sets);
  field.value = sets.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// Which assistants run, looked for while somebody can see it.
setInterval(
  () => document.hidden || document.getElementById("dots").dispatchEvent(new Event("look")),
  4000,
);

// --- functions and the schema of replies ----------------------------------------------------
// The server renders their dialog, and gives the form its fields back.
const dialog = document.getElementById("function-dialog");
const changed = new Set(); // which of the function and its mock

function open(button) {
  const row = button.closest(".fn");
  const area = row?.querySelector("textarea");
  const values = { act: button.dataset.act ?? "" };
  if (row)
    Object.assign(values, {
      [area.name]: area.value,
      place: [...row.parentElement.children].indexOf(row),
    });
  changed.clear();
  document.getElementById("function-body").replaceChildren(); // a mock is kept from tab to tab
  htmx.ajax("POST", button.dataset.edit, { target: "#function-body", values });
  dialog.showModal();
}

// The form hears of it as if it had been typed there.
function tell() {
  const field = document.getElementById("functions-field");
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const opener = at("[data-edit]");
  if (opener) open(opener);
  if (at("#function-dialog [data-close]")) dialog.requestClose();
  const remove = at("[data-remove-function]");
  if (!remove) return;
  remove.closest(".fn").remove();
  tell();
  document.querySelector("#functions-field > .btn").focus();
});

if (dialog) {
  dialog.addEventListener("input", (event) => changed.add(event.target.closest("form").action));
  dialog.addEventListener(
    "submit",
    ({ target }) => target.matches(".mock-tab") && changed.delete(target.action),
  );
  dialog.addEventListener("cancel", (event) => {
    if (changed.size && !confirm(dialog.dataset.lose)) event.preventDefault();
  });
}
document.addEventListener("functionchanged", () => {
  if (!changed.has(dialog.querySelector(".mock-tab")?.action)) changed.clear();
  dialog.requestClose(); // asks if there is a mock that was not saved
  tell();
});
