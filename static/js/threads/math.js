// Draws TeX with KaTeX, which is loaded only when a page has any.

const root = document.documentElement;
let loading; // a promise of KaTeX, once it was asked for

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

async function draw() {
  const nodes = document.querySelectorAll(".math[data-tex]:not(.drawn)");
  if (!nodes.length) return;
  await load();
  for (const node of nodes) {
    if (node.closest(".live")) continue; // drawn when the block is whole
    node.classList.add("drawn");
    katex.render(node.dataset.tex, node, {
      displayMode: node.classList.contains("block"),
      throwOnError: false,
    });
  }
}

// Once a frame at most, however much of the page has changed in it.
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
