// The thread's head and what stands beside its rows. Everything is delegated, as in page.js.
const meter = document.getElementById("thread-meter");

// --- context meter: counted anew when rows come or go and when a run ends -------------------------
let counting;
const count = () => {
  clearTimeout(counting);
  counting = setTimeout(() => htmx.trigger(meter, "refresh"), 400);
};

function markLeftOut() {
  meter.removeAttribute("aria-busy");
  for (const row of document.querySelectorAll(".msg.left-out")) row.classList.remove("left-out");
  for (const { dataset } of meter.querySelectorAll("[data-left-out]")) {
    document.getElementById(dataset.leftOut)?.classList.add("left-out");
  }
}

if (meter) {
  const watch = new MutationObserver(count);
  watch.observe(document.getElementById("items"), { childList: true });
  watch.observe(document.getElementById("thread-status"), {
    childList: true,
    subtree: true,
    attributeFilter: ["data-run-status"],
  });
  document.addEventListener("htmx:after:swap", markLeftOut);
}

// --- forms ----------------------------------------------------------------------------------
document.addEventListener("change", ({ target }) => {
  if (target.form && "sends" in target.form.dataset) target.form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "thread-title") event.target.blur();
});
// What was asked for in a dialog is under way: nothing more to say there.
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response?.status === 204) event.target.closest?.("dialog")?.close();
});

// --- the card of a run that waits: what is typed there outlives reloads, and swaps by other events
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
    const field =
      named[0]?.type === "radio" ? named.find((one) => one.value === value) : named[number];
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

document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-action]")) keep();
});
// A card that came with a whole state, as when a page is opened, was not announced over the line.
let told = "";
function tell() {
  const { action, says } = card()?.dataset ?? {};
  if (!action || action === told) return;
  told = action;
  document.getElementById("announce").textContent = says;
}

document.addEventListener("htmx:after:swap", () => {
  restore();
  tell();
});
restore();
tell();
