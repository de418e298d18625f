// Keys and the command palette. The rows of the sheet (assistants_app/web/actions.py) say which
// keys click or focus what, so an action is there when the page has its button.

const sheet = document.getElementById("keys");
const palette = document.getElementById("palette");
const text = document.getElementById("palette-text");
const options = document.getElementById("palette-options");
const rows = new Map(
  [...sheet.querySelectorAll("[data-keys]")].map((row) => [row.dataset.keys, row.dataset]),
);
const setting = (name) => localStorage.getItem(name) ?? (name === "single-keys" ? "on" : "off");

// --- what a row means on this page ----------------------------------------------------------
const enabled = (selector) =>
  [...document.querySelectorAll(selector)].find((element) => !element.disabled);
const applies = ({ clicks, focuses }) => Boolean(clicks ? enabled(clicks) : enabled(focuses));

function act({ clicks, focuses, steps }) {
  if (clicks) enabled(clicks)?.click();
  if (focuses) focus(steps ? step(focuses, Number(steps)) : document.querySelector(focuses));
}

function step(selector, by) {
  const all = [...document.querySelectorAll(selector)];
  const at = all.findIndex((element) => element.contains(document.activeElement));
  return all[
    at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)
  ];
}

// A panel or a message has no place in the tab order of its own.
function focus(element) {
  if (!element) return;
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

// --- keys -----------------------------------------------------------------------------------
// The name of a chord, whatever the layout makes of it: ? is Shift+/ on one and Shift+ß on another.
function chordOf(event) {
  const digit = event.altKey && /^Digit(\d)$/.exec(event.code)?.[1];
  const key =
    digit ||
    { Escape: "Esc" }[event.key] ||
    (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const named = key.length > 1 || digit || key !== key.toLowerCase();
  const keys = [
    event.ctrlKey || event.metaKey ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    event.shiftKey && named ? "Shift" : "",
    key,
  ];
  return event.getModifierState("AltGraph") ? key : keys.filter(Boolean).join("+");
}

let last = { chord: "", at: 0 };
function rowOf(chord, at) {
  const again = last.chord === chord && at - last.at < 800;
  last = { chord, at };
  return (again && rows.get(`${chord},${chord}`)) || rows.get(chord);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const { target } = event;
  const field = target.closest("input, textarea, select, code-field, [contenteditable]");
  let chord = chordOf(event);
  if (chord === "Enter" && target.id === "composer-box" && setting("enter-runs") === "on")
    chord = "Ctrl+Enter";
  const plain = !/^(Ctrl|Alt)\+|^Esc/.test(chord);
  if (plain && (field || setting("single-keys") !== "on")) return;
  if (document.querySelector("dialog:modal") && chord !== "Ctrl+Enter") return;
  if (chord === "Ctrl+Enter" && target.form && !target.closest("#composer, #cfg")) {
    event.preventDefault();
    target.form.requestSubmit();
    return;
  }
  const row = rowOf(chord, event.timeStamp);
  if (!row || !applies(row)) return;
  event.preventDefault();
  act(row);
});

for (const box of sheet.querySelectorAll("[data-setting]")) {
  box.checked = setting(box.dataset.setting) === "on";
  box.addEventListener("change", () =>
    localStorage.setItem(box.dataset.setting, box.checked ? "on" : "off"),
  );
}

// --- palette --------------------------------------------------------------------------------
let there = new Set(); // what could be done where the reader was when the palette came up
const shown = () => [...options.querySelectorAll("[role=option]:not([hidden])")];

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-act=palette], [data-act=keys]");
  if (opener?.dataset.act === "keys") sheet.showModal();
  if (opener?.dataset.act !== "palette" || palette.open) return;
  there = new Set([...rows].filter(([, row]) => applies(row)).map(([keys]) => keys));
  text.value = "";
  options.replaceChildren(); // what was found last time is no answer yet
  select();
  palette.showModal();
  htmx.process(text); // the page may still be on its way
  htmx.trigger(text, "ask");
});

text.addEventListener("htmx:after:swap", () => {
  for (const option of options.querySelectorAll("[data-action]"))
    option.hidden = !there.has(option.dataset.action);
  for (const group of options.querySelectorAll("[role=group]"))
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  document.getElementById("palette-none").hidden = shown().length > 0;
  select(shown()[0]);
});

function select(option) {
  options.querySelector("[aria-selected=true]")?.removeAttribute("aria-selected");
  if (option) text.setAttribute("aria-activedescendant", option.id);
  else text.removeAttribute("aria-activedescendant");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
}

text.addEventListener("keydown", (event) => {
  const all = shown();
  const at = all.findIndex((option) => option.ariaSelected === "true");
  const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length }[
    event.key
  ];
  if (event.key === "Enter") all[at]?.click();
  else if (to === undefined || !all.length) return;
  else select(all[to]);
  event.preventDefault();
});

options.addEventListener("click", (event) => {
  const { action } = event.target.closest("[data-action]")?.dataset ?? {};
  if (!action) return;
  palette.close(); // gives the focus back to where the action is meant to act
  act(rows.get(action));
});
