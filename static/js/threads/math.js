// Draws TeX with KaTeX, which is loaded when the first formula appears.

import { isGrowing } from "./growing.js";

const root = document.documentElement;
let loading; // the promise of KaTeX, after the first request

function load() {
  loading ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = root.dataset.katexCss;
    const script = document.createElement("script");
    script.src = root.dataset.katex;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(style, script);
  });
  return loading;
}

function drawOne(node) {
  const { tex } = node.dataset;
  try {
    katex.render(tex, node, { displayMode: node.classList.contains("block") });
  } catch (error) {
    // KaTeX would show broken TeX with a style attribute, which the page's policy forbids.
    node.textContent = tex;
    node.title = error.message;
  }
}

async function draw() {
  const nodes = document.querySelectorAll(".math[data-tex]:not(.drawn)");
  if (!nodes.length) return;
  await load();
  for (const node of nodes) {
    if (isGrowing(node)) continue; // drawn when the block is complete
    node.classList.add("drawn");
    drawOne(node);
  }
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
