// The edges of panels, [data-resizes], change a panel's width by pointer or arrow keys. theme.js
// restores the widths before the first paint.

import { onKey } from "../events.js";
import { allowedWidth, growthOf, WIDTHS } from "../pure/panels.js";

const STEP = 16; // pixels per press of an arrow key
const root = document.documentElement;
const edges = [...document.querySelectorAll("[data-resizes]")];

const widthOf = (panel) => Math.round(document.getElementById(panel).getBoundingClientRect().width);

function resize(edge, width) {
  const panel = edge.dataset.resizes;
  const pixels = allowedWidth(panel, width);
  root.style.setProperty(`--w-${panel}`, `${pixels}px`);
  localStorage.setItem(`width-${panel}`, pixels);
  edge.ariaValueNow = String(pixels);
}

for (const edge of edges) {
  const panel = edge.dataset.resizes;
  const growth = growthOf(panel, root.dir);
  [edge.ariaValueMin, edge.ariaValueMax] = WIDTHS[panel].map(String);

  edge.addEventListener("pointerdown", (event) => {
    const [from, width] = [event.clientX, widthOf(panel)];
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = (move) => resize(edge, width + (move.clientX - from) * growth);
    edge.onpointerup = edge.onpointercancel = () => {
      edge.onpointermove = null;
    };
  });
}

onKey("[data-resizes]", (edge, event) => {
  const by = { ArrowRight: STEP, ArrowLeft: -STEP }[event.key];
  if (!by) return;
  event.preventDefault();
  const panel = edge.dataset.resizes;
  resize(edge, widthOf(panel) + by * growthOf(panel, root.dir));
});

export function showWidths() {
  for (const edge of edges) edge.ariaValueNow = String(widthOf(edge.dataset.resizes));
}
addEventListener("resize", showWidths);
showWidths();
