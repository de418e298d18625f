// Handles keys, and the two settings of the keyboard sheet.

import { on, onKey } from "../events.js";
import { chordOf, isComposing, isPlain, namesOf } from "../pure/keys.js";
import { act, applies, sheet, shortcuts } from "./shortcuts.js";

const DEFAULTS = { "single-keys": "on", "enter-runs": "off" };
const isOn = (setting) => (localStorage.getItem(setting) ?? DEFAULTS[setting]) === "on";

let previous;

function shortcutOf(chord, at) {
  const press = { chord, at };
  const names = namesOf(press, previous);
  previous = press;
  return names.map((name) => shortcuts.get(name)).find(Boolean);
}

// Esc in a composition gives up the word. It must not close the dialog, too.
on("dialog", "keydown", (_dialog, event) => {
  if (isComposing(event) && event.key === "Escape") event.preventDefault();
});

onKey("*", (target, event) => {
  if (event.defaultPrevented) return;
  let chord = chordOf(event);
  if (chord === "Enter" && target.id === "composer-box" && isOn("enter-runs")) chord = "Ctrl+Enter";

  const field = target.closest("input, textarea, select, code-field, [contenteditable]");
  if (isPlain(chord) && (field || !isOn("single-keys"))) return;
  if (document.querySelector("dialog:modal") && chord !== "Ctrl+Enter") return;

  // Ctrl+Enter submits the focused form. In the composer and in the configuration, which saves
  // itself, it is the shortcut "Add and run".
  if (chord === "Ctrl+Enter" && target.form && !target.closest("#composer, #cfg")) {
    event.preventDefault();
    target.form.requestSubmit(target.form.querySelector("[type=submit]:enabled")); // as Enter does
    return;
  }

  const shortcut = shortcutOf(chord, event.timeStamp);
  if (!shortcut || !applies(shortcut)) return;
  event.preventDefault();
  act(shortcut);
});

on("[data-act=keys]", "click", () => sheet.showModal());

for (const box of sheet.querySelectorAll("[data-setting]")) {
  const { setting } = box.dataset;
  box.checked = isOn(setting);
  box.addEventListener("change", () => localStorage.setItem(setting, box.checked ? "on" : "off"));
}
