// The card of a run that waits: what is typed there outlives reloads, and swaps by other events.

const card = () => document.querySelector("form[data-action]");
const place = (form) => `typed:${form.dataset.action}`;

function keep() {
  const form = card();
  if (form) sessionStorage.setItem(place(form), JSON.stringify([...new FormData(form)]));
}

// A call that the server has just filled in says more than what was typed before.
function restore() {
  const form = card();
  if (!form) return;
  const seen = {};
  let known = true; // that the field which follows its token is the one that was typed in
  for (const [name, value] of JSON.parse(sessionStorage.getItem(place(form)) ?? "[]")) {
    const named = [...form.elements].filter((field) => field.name === name);
    const number = (seen[name] = (seen[name] ?? -1) + 1);
    const field = named[0]?.type === "radio" ? named.find((one) => one.value === value) : named[number];
    if (!field || field.closest("[data-given]")) continue;
    if (name.startsWith("token-")) known = field.value === value;
    if (name.startsWith("token-") || (name.startsWith("field-") && !known)) continue;
    if (field.type === "radio") {
      field.checked = true;
      if (name.startsWith("shape-")) field.closest("[data-call]").dataset.shape = value;
    } else if (field.value !== value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  for (const call of form.querySelectorAll("[data-given]")) delete call.dataset.given;
  keep();
}

document.addEventListener("input", (event) => { if (event.target.closest("form[data-action]")) keep(); });
document.addEventListener("htmx:after:swap", restore);
restore();
// Later ones are announced over the line.
if (card()) document.getElementById("announce").textContent = card().dataset.says;
