// The waterfall of a run, [data-axis], has a bar for each step. The bars grow while the run is
// active: the attribute has the run's duration in seconds when it was rendered, and the page counts
// from there. Each [data-clock] shows the seconds since its own begin.

import { barOn } from "../pure/geometry.js";

const EVERY = 250; // milliseconds
let seconds = "";
let drawnAt = 0;

setInterval(() => {
  const axis = document.querySelector("[data-axis]");
  // Without a connection, the page can't know whether the run is still active.
  if (!axis || document.querySelector("#connection.warn:not([hidden])")) return;
  // Restart the clock only when the server has sent a new duration. Other swaps must not make the
  // bars jump.
  if (axis.dataset.axis !== seconds) drawnAt = performance.now();
  seconds = axis.dataset.axis;
  const now = Number(seconds) + (performance.now() - drawnAt) / 1000;
  for (const bar of axis.querySelectorAll("rect[data-begin]")) {
    const { x, width } = barOn(now, bar.dataset.begin, bar.dataset.end);
    bar.setAttribute("x", `${x}%`);
    bar.setAttribute("width", `${width}%`);
  }
  for (const clock of axis.querySelectorAll("[data-clock]")) {
    clock.textContent = (now - clock.dataset.clock).toFixed(1);
  }
}, EVERY);
