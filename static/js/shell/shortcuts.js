// What a shortcut does. The rows of the sheet of keys (assistants_app/web/actions.py) say which chord
// clicks or focuses what, so an action exists wherever the page has its button.

import { stepFrom } from "../pure/keys.js";

export const sheet = document.getElementById("keys");
export const shortcuts = new Map(
  [...sheet.querySelectorAll("[data-keys]")].map((row) => [row.dataset.keys, row.dataset]),
);

const enabled = (selector) =>
  [...document.querySelectorAll(selector)].find((element) => !element.disabled);

/** Whether the page has what the shortcut acts on. */
export const applies = ({ clicks, focuses }) => Boolean(enabled(clicks || focuses));

export function act({ clicks, focuses, steps }) {
  if (clicks) enabled(clicks)?.click();
  if (focuses) focus(steps ? neighbour(focuses, Number(steps)) : document.querySelector(focuses));
}

function neighbour(selector, by) {
  const all = [...document.querySelectorAll(selector)];
  const at = all.findIndex((element) => element.contains(document.activeElement));
  return all[stepFrom(at, by, all.length)];
}

function focus(element) {
  if (!element) return;
  // A panel or a message has no place in the tab order of its own.
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}
