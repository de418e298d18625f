// Draws TeX with KaTeX, which is loaded only once a page has any.
const root = document.documentElement;
let loading;

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

let queued = false;
new MutationObserver(() => {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    draw();
  });
}).observe(document.body, { childList: true, subtree: true });
draw();
