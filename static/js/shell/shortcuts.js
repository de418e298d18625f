// Shortcuts. The rows of the keyboard sheet, from assistants_app/web/actions.py, name the elements
// that a chord clicks or focuses. So a shortcut is available on every page that has its button.

import { stepFrom } from "../pure/keys.js";

export const sheet = document.getElementById("keys");
export const shortcuts = new Map(
  [...sheet.querySelectorAll("[data-keys]")].flatMap(({ dataset }) =>
    [dataset.keys, ...dataset.keys.split(" ")].map((keys) => [keys, dataset]),
  ),
);

// What the person's role may not do is hidden (static/css/utilities.css).
const barred = { viewer: "[data-needs]", editor: "[data-needs=owner]" }[document.body.dataset.role];
const isBarred = (element) => barred && element.closest(barred);

const enabled = (selector) =>
  [...document.querySelectorAll(selector)].find(
    (element) => !element.disabled && !isBarred(element),
  );

/** Return whether the page has the element of a shortcut, enabled. */
export const applies = ({ clicks, focuses }) => Boolean(enabled(clicks || focuses));

/** Return whether the page has the element of a shortcut. */
export const isHere = ({ clicks, focuses }) => Boolean(document.querySelector(clicks || focuses));

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
  // Panels and messages are not in the tab order, but can be focused with a tabindex of -1.
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}
