// The dialog in which functions and the schema of replies are edited. The server renders it, and
// gives the assistant's form its fields back.
const dialog = document.getElementById("function-dialog");
const changed = new Set(); // which of the function and its mock

function open(button) {
  const row = button.closest(".fn");
  const area = row?.querySelector("textarea");
  const values = { act: button.dataset.act ?? "" };
  if (row) Object.assign(values, { [area.name]: area.value, place: [...row.parentElement.children].indexOf(row) });
  changed.clear();
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
  dialog.addEventListener("input", (event) => changed.add(event.target.form?.action)); // each has a form
  dialog.addEventListener("submit", ({ target }) => target.matches(".mock-tab") && changed.delete(target.action));
  dialog.addEventListener("cancel", (event) => {
    if (changed.size && !confirm(dialog.dataset.lose)) event.preventDefault();
  });
}
document.addEventListener("functionchanged", () => { dialog.close(); tell(); });
