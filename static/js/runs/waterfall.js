// [data-axis] has a bar for each step of a run. The bars grow while the run is active: the server says
// how many seconds it lasts by now, and the page counts on from there.

import { barOn } from "../pure/geometry.js";

const EVERY = 250; // milliseconds
let seconds = "";
let drawnAt = 0;

setInterval(() => {
  const axis = document.querySelector("[data-axis]");
  // Without a line the page does not know whether the run still goes on.
  if (!axis || document.querySelector("#connection.warn:not([hidden])")) return;
  // Only a new number moves the beginning: other swaps of the page leave the bars to grow evenly.
  if (axis.dataset.axis !== seconds) drawnAt = performance.now();
  seconds = axis.dataset.axis;
  const now = Number(seconds) + (performance.now() - drawnAt) / 1000;
  for (const bar of axis.querySelectorAll("rect[data-begin]")) {
    const { x, width } = barOn(now, bar.dataset.begin, bar.dataset.end);
    bar.setAttribute("x", `${x}%`);
    bar.setAttribute("width", `${width}%`);
  }
}, EVERY);
