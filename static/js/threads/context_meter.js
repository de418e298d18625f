// #thread-meter shows how much of the model's context the thread uses, and which messages the next
// run will leave out. It is refreshed when rows are added or removed, and when the run changes.

import { afterSwap } from "../events.js";

const meter = document.getElementById("thread-meter");
const QUIET = 400; // milliseconds without a change before a refresh
let waiting;

function countSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => htmx.trigger(meter, "refresh"), QUIET);
}

function markLeftOut() {
  meter.removeAttribute("aria-busy");
  for (const row of document.querySelectorAll(".msg.left-out")) row.classList.remove("left-out");
  for (const { dataset } of meter.querySelectorAll("[data-left-out]")) {
    document.getElementById(dataset.leftOut)?.classList.add("left-out");
  }
}

if (meter) {
  // A part of the thread that is loaded or removed changes nothing for the next run.
  const isShifting = () => document.querySelector("#messages.shifting");
  const changes = new MutationObserver(() => (isShifting() ? markLeftOut() : countSoon()));
  changes.observe(document.getElementById("items"), { childList: true });
  changes.observe(document.getElementById("thread-status"), {
    childList: true,
    subtree: true,
    attributeFilter: ["data-run-status"],
  });
  afterSwap(markLeftOut);
}
