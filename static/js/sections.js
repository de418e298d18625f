// Small behaviours of the screens beside the playground, all delegated.

// A form's URL names what was filled in, and nothing else.
document.addEventListener("formdata", (event) => {
  if (!("prune" in event.target.dataset)) return;
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});

// --- choosing rows --------------------------------------------------------------------------
function showSelection(form) {
  const boxes = [...form.querySelectorAll("[name=id]")];
  const count = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-select-all]");
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && count < boxes.length;
  form.querySelector("[data-none]").hidden = count > 0;
  form.querySelector("[data-some]").hidden = count === 0;
  form.querySelector("[data-count]").textContent = count;
  for (const button of form.querySelectorAll("[data-needs-some]")) button.disabled = count === 0;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-selection]");
  if (!form) return;
  if ("selectAll" in event.target.dataset) {
    for (const box of form.querySelectorAll("[name=id]")) box.checked = event.target.checked;
  }
  showSelection(form);
});
// A browser that comes back to the page remembers what was ticked.
addEventListener("pageshow", () =>
  document.querySelectorAll("[data-selection]").forEach(showSelection),
);

// --- dialogs --------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
});

document.addEventListener("input", (event) => {
  const { confirms } = event.target.dataset;
  if (!confirms) return;
  const button = event.target.closest("dialog").querySelector("[data-confirmed]");
  button.disabled = event.target.value.trim().toLowerCase() !== confirms;
});
