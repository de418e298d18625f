// The command palette. The server finds assistants, threads, runs, pages and shortcuts; of the
// shortcuts, the palette offers the ones that the page has an element for.

import { on, onKey } from "../events.js";
import { optionAfter } from "../pure/keys.js";
import { act, applies, shortcuts } from "./shortcuts.js";

const palette = document.getElementById("palette");
const text = document.getElementById("palette-text");
const options = document.getElementById("palette-options");

// The shortcuts available when the palette opened. Some depend on the message that had the focus
// then, and now the palette has it.
let applicable = new Set();

const shownOptions = () => [...options.querySelectorAll("[role=option]:not([hidden])")];

function select(option) {
  options.querySelector("[aria-selected=true]")?.removeAttribute("aria-selected");
  if (option) text.setAttribute("aria-activedescendant", option.id);
  else text.removeAttribute("aria-activedescendant");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
}

on("[data-act=palette]", "click", () => {
  if (palette.open) return;
  const found = [...shortcuts].filter(([, shortcut]) => applies(shortcut));
  applicable = new Set(found.map(([keys]) => keys));
  text.value = "";
  options.replaceChildren(); // results of the last search
  select();
  palette.showModal();
  // The key may be pressed before htmx has processed the page.
  htmx.process(text);
  htmx.trigger(text, "ask");
});

text.addEventListener("htmx:after:swap", () => {
  for (const option of options.querySelectorAll("[data-action]")) {
    option.hidden = !applicable.has(option.dataset.action);
  }
  for (const group of options.querySelectorAll("[role=group]")) {
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  }
  const shown = shownOptions();
  document.getElementById("palette-none").hidden = shown.length > 0;
  select(shown[0]);
});

onKey("#palette-text", (_text, event) => {
  const shown = shownOptions();
  const at = shown.findIndex((option) => option.ariaSelected === "true");
  const next = optionAfter(event.key, at, shown.length);
  if (event.key === "Enter") shown[at]?.click();
  else if (next === undefined) return;
  else select(shown[next]);
  event.preventDefault();
});

on("#palette-options [data-action]", "click", ({ dataset }) => {
  palette.close(); // first, because it returns the focus to the element the shortcut acts on
  act(shortcuts.get(dataset.action));
});
