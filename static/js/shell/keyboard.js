// Handles keys, and the two settings of the keyboard sheet.

import { on, onKey } from "../events.js";
import { chordOf, isComposing, isPlain, namesOf } from "../pure/keys.js";
import { act, applies, isHere, sheet, shortcuts } from "./shortcuts.js";

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
  const modal = document.querySelector("dialog:modal");
  if (modal && (chord !== "Ctrl+Enter" || modal.role === "alertdialog")) return;

  // Ctrl+Enter submits the form, with its first button as Enter does, or with a marked one. In the
  // composer and in the configuration, which saves itself, it is the shortcut "Add and run".
  if (chord === "Ctrl+Enter") {
    const form = target.closest("form") ?? (modal ? modal.querySelector("form") : target.form);
    if (form && (modal || !target.closest("#composer, #cfg"))) {
      event.preventDefault();
      const button = form.querySelector("[data-ctrl-enter]");
      form.requestSubmit(button ?? form.querySelector("[type=submit]:enabled"));
    }
    if (modal || event.defaultPrevented) return;
  }

  const shortcut = shortcutOf(chord, event.timeStamp);
  if (!shortcut || !isHere(shortcut)) return;
  // Also if its button is disabled: Ctrl+S must not save the page as a file.
  event.preventDefault();
  if (applies(shortcut)) act(shortcut);
});

on("[data-act=keys]", "click", () => sheet.showModal());

function showSettings() {
  for (const box of sheet.querySelectorAll("[data-setting]")) {
    box.checked = isOn(box.dataset.setting);
  }
  document.documentElement.toggleAttribute("data-enter-runs", isOn("enter-runs"));
}

/** Keep a setting in this browser. */
export function keepSetting(setting, value) {
  localStorage.setItem(setting, value);
  showSettings();
}

on("[data-setting]", "change", ({ dataset, checked }) => {
  keepSetting(dataset.setting, checked ? "on" : "off");
});
showSettings();
