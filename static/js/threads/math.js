// Draws TeX. What it takes is loaded when the first formula appears.

import { isGrowing } from "./growing.js";

let loading;

async function draw() {
  const all = [...document.querySelectorAll(".math[data-tex]:not(.drawn)")];
  const nodes = all.filter((node) => !isGrowing(node)); // drawn when the block is complete
  if (!nodes.length) return;
  for (const node of nodes) node.classList.add("drawn");
  loading ??= import(document.documentElement.dataset.formulas);
  (await loading).draw(nodes);
}

// At most once per animation frame, because a reply that streams in changes the page often.
let isQueued = false;
new MutationObserver(() => {
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(() => {
    isQueued = false;
    draw();
  });
}).observe(document.body, { childList: true, subtree: true });
draw();
