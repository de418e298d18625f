// Shows each [data-moment] in the time zone and the language of its reader. The server has written it
// in UTC.

import { readersFormats } from "../pure/moments.js";
import { elapsed, timeLeft } from "../pure/text.js";

const MOMENT = "[data-moment]";
// How long a run still waits for its outputs, and how long it has been waiting for something else.
const TICKING = "[data-moment=countdown], [data-moment=elapsed]";
const WATCHED = {
  subtree: true,
  childList: true,
  characterData: true,
  attributes: true,
  attributeFilter: ["datetime", "data-datetime", "title"],
};
const formats = readersFormats();

function textOf(moment, at, label) {
  if (moment === "elapsed") return elapsed(at, Date.now());
  if (moment === "relative") return formats.relative(at, Date.now());
  return label ? `${label} ${timeLeft(at, Date.now())}` : formats.text(moment, at);
}

function show(node) {
  // An option has no `dateTime`, and has more text than the time.
  const { moment, label, note, datetime = node.dateTime, rest = "" } = node.dataset;
  const at = Date.parse(datetime);
  const text = textOf(moment, at, label);
  const tooltip = formats.tooltip(moment, at, note);
  if (text && node.textContent !== text + rest) node.textContent = text + rest;
  if (node.title !== tooltip) node.title = tooltip;
}

function* changedMoments(records) {
  for (const { target, addedNodes } of records) {
    const element = target.closest ? target : target.parentElement;
    const around = element?.closest(MOMENT);
    if (around) yield around;
    for (const added of addedNodes) {
      if (added.matches?.(MOMENT)) yield added;
      if (added.firstElementChild) yield* added.querySelectorAll(MOMENT);
    }
  }
}

// An observer, since it runs before the next paint: between a swap and its event htmx lets the
// browser paint, and every time that a morph brings would be seen in UTC for a frame.
const observer = new MutationObserver((records) => {
  for (const node of changedMoments(records)) show(node);
  observer.takeRecords(); // its own changes
});

const showAll = (selector) => document.querySelectorAll(selector).forEach(show);

showAll(MOMENT);
setInterval(() => showAll(TICKING), 1000);
setInterval(() => showAll("[data-moment=relative]"), 30_000);
observer.observe(document.documentElement, WATCHED);
