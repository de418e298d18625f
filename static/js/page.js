// Small behaviours of the main screen. Everything is delegated, so that swapped parts need no wiring.

const placeOf = ({ pathname, searchParams }) => `draft:${pathname}${searchParams.get("t") ?? ""}`;
let draft = placeOf(new URL(location)); // where what is typed is kept
const box = () => document.getElementById("composer-box");

// --- composer -------------------------------------------------------------------------------
// Browsers with field-sizing fit the box by themselves. An inline height would be no way: htmx
// copies attributes when it swaps, and the page's policy bars style attributes.
function grow(area) {
  area.rows = Math.min(Math.max(area.value.split("\n").length, 2), 12);
}

function keepDraft() {
  if (box()?.value) sessionStorage.setItem(draft, box().value);
  else sessionStorage.removeItem(draft);
}

if (box() && !box().value) box().value = sessionStorage.getItem(draft) ?? "";
if (box()) grow(box());

document.addEventListener("input", (event) => {
  const { target } = event;
  if (target.id === "composer-box") {
    grow(target);
    keepDraft();
  }
  if (target.dataset.pair) document.getElementById(target.dataset.pair).value = target.value;
  const range = document.querySelector(`[data-pair="${target.id}"]`);
  if (range) range.value = target.value || 1;
  const count = document.querySelector(`[data-count-of="${target.id}"]`);
  if (count)
    count.textContent =
      target.value.length < count.dataset.from
        ? ""
        : `${target.value.length} / ${count.dataset.most}`;
  if (target.closest("[data-json-check]")) checkJson(target);
});

const since = (sent, typed) => (typed.startsWith(sent) ? typed.slice(sent.length) : typed);
document.addEventListener("htmx:before:request", (event) => {
  event.detail.ctx.sent = box()?.value;
});
// What was typed while the message was on its way is not taken away with it. It goes over before the
// swap: htmx lets other swaps, and keys, in between a swap and the event after it.
document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  const next = ctx.target?.id === "composer" && tasks[0]?.fragment.querySelector("#composer-box");
  if (next && box())
    next.value = ctx.response.status === 200 ? since(ctx.sent, box().value) : box().value;
});
document.addEventListener("htmx:after:swap", () => {
  if (!box()) return;
  keepDraft();
  grow(box());
});
document.addEventListener("htmx:after:request", (event) => {
  if (!event.target.closest?.("#composer") || !box()) return;
  const { hx, sent } = event.detail.ctx;
  if (hx.redirect) {
    // a new thread, whose page comes; what was typed since belongs there
    sessionStorage.removeItem(draft);
    draft = placeOf(new URL(hx.redirect, location));
    box().value = since(sent, box().value);
    keepDraft();
  }
  box().focus(); // the reader goes on writing
});

function checkJson(area) {
  const hint = area.parentElement.querySelector("[data-json-hint]");
  const text = area.value.trim();
  let broken = false;
  if (/^[[{"]/.test(text)) {
    try {
      JSON.parse(text);
    } catch {
      broken = true;
    }
  }
  if (hint) hint.hidden = !broken;
}

// --- configuration --------------------------------------------------------------------------
document.addEventListener("change", (event) => {
  const { target } = event;
  if ("showsSchema" in target.dataset) {
    document.getElementById("schema-field").hidden = target.value !== "json_schema";
  }
  if ("runChoice" in target.dataset) htmx.ajax("GET", target.value, { target: "#run-log" });
});

// --- clicks ---------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const prompt = at("[data-prompt]");
  if (prompt) {
    box().value = prompt.dataset.prompt;
    keepDraft();
    grow(box());
    box().focus();
  }
  const dialog = at("[data-dialog]");
  if (dialog) openDialog(document.getElementById(dialog.dataset.dialog));
  const cite = at("a.cite");
  if (cite && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openDialog(document.getElementById("citation-dialog"));
    htmx.ajax("GET", `${cite.pathname}passage`, { target: "#citation-body" });
  }
});

function openDialog(dialog) {
  if (dialog.dataset.loading) {
    const skeleton = document.getElementById("skeleton").content.cloneNode(true);
    dialog.firstElementChild.replaceChildren(skeleton);
  }
  if (!dialog.open) dialog.showModal();
}

// --- countdown of a run that waits ----------------------------------------------------------
function countDown() {
  for (const node of document.querySelectorAll("[data-countdown]")) {
    const left = Math.max(0, Math.round((Date.parse(node.dataset.countdown) - Date.now()) / 1000));
    node.textContent = `${node.dataset.label} ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}
setInterval(countDown, 1000);
document.addEventListener("htmx:after:swap", countDown);
countDown();
