// The run log: its tabs, and bars that grow while a run is active.
const log = document.getElementById("logs");
const other = document.getElementById("log-tab");
let shown = "";
let drawn = "";
let since = 0;

function show(name) {
  const tabs = log.querySelectorAll("[data-log-tab]");
  log.dataset.tab = tabs.length ? name : "steps";
  for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.logTab === name));
  const { url } = log.querySelector("[aria-pressed=true]")?.dataset ?? {};
  const now = `${url} ${log.querySelector(".run-line .badge")?.textContent}`;
  if (url && now !== shown) htmx.ajax("GET", url, { target: other });
  shown = now;
}

log?.addEventListener("click", ({ target }) => {
  const tab = target.closest("[data-log-tab]");
  if (!tab) return;
  other.replaceChildren(document.getElementById("skeleton").content.cloneNode(true));
  shown = "";
  show(tab.dataset.logTab);
});
document.addEventListener("htmx:after:swap", () => {
  if (log) show(log.dataset.tab);
});

setInterval(() => {
  const axis = document.querySelector("[data-axis]");
  if (!axis || document.querySelector("#connection.warn:not([hidden])")) return;
  if (axis.dataset.axis !== drawn) since = performance.now();
  drawn = axis.dataset.axis;
  const now = Number(drawn) + (performance.now() - since) / 1000;
  for (const bar of axis.querySelectorAll("rect[data-begin]")) {
    const { begin, end } = bar.dataset;
    bar.setAttribute("x", `${(100 * begin) / now}%`);
    bar.setAttribute("width", `${Math.max((100 * ((end ?? now) - begin)) / now, 1)}%`);
  }
}, 250);
