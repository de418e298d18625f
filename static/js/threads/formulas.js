// Loaded on demand. Draws TeX with KaTeX.

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

/** Draw these formulas. */
export async function draw(nodes) {
  await load();
  for (const node of nodes) drawOne(node);
}
