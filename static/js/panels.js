// The panels of the main screen: one at a time on a phone; on a desk they can be hidden and resized,
// which theme.js brings back before the next first paint.

const app = document.querySelector(".app");
const root = document.documentElement;
const WIDTHS = { list: [176, 420], cfg: [240, 640], logs: [200, 640] }; // pixels
const hidden = () => new Set((root.dataset.hides ?? "").split(" ").filter(Boolean));

function show(name) {
  app.dataset.panel = name;
  for (const tab of document.querySelectorAll("[data-panel-tab]")) {
    if (tab.dataset.panelTab === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (hidden().has(name)) toggle(name);
  drawer(name === "cfg");
  const url = new URL(location);
  url.searchParams.set("panel", name);
  history.replaceState(history.state, "", url);
}

function drawer(open) {
  if (open) app.dataset.drawer = "cfg";
  else delete app.dataset.drawer;
  document
    .querySelector("[data-drawer=cfg][aria-expanded]")
    ?.setAttribute("aria-expanded", String(open));
}

function toggle(name) {
  const names = hidden();
  if (!names.delete(name)) names.add(name);
  root.dataset.hides = [...names].join(" ");
  localStorage.setItem("hides", root.dataset.hides);
  tellState();
}

function tellState() {
  const names = hidden();
  for (const button of document.querySelectorAll("[data-hide]"))
    button.ariaPressed = String(!names.has(button.dataset.hide));
  for (const line of document.querySelectorAll("[data-resizes]"))
    line.ariaValueNow = String(widthOf(line.dataset.resizes));
}

document.addEventListener(
  "click",
  (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-panel-tab]")) show(at("[data-panel-tab]").dataset.panelTab);
    if (at("[data-act=log]") && !event.ctrlKey && !event.metaKey) show("logs"); // else in a new tab
    if (at("[data-hide]")) toggle(at("[data-hide]").dataset.hide);
    if (at("button[data-drawer]")) drawer(app.dataset.drawer !== "cfg");
  },
  true,
); // before htmx: what it asks for is to name the panel

// --- widths ---------------------------------------------------------------------------------
const widthOf = (name) => Math.round(document.getElementById(name).getBoundingClientRect().width);

function resize(line, width) {
  const name = line.dataset.resizes;
  const [least, most] = WIDTHS[name];
  const pixels = Math.min(Math.max(Math.round(width), least), most);
  root.style.setProperty(`--w-${name}`, `${pixels}px`);
  localStorage.setItem(`width-${name}`, pixels);
  line.ariaValueNow = String(pixels);
}

for (const line of document.querySelectorAll("[data-resizes]")) {
  const name = line.dataset.resizes;
  [line.ariaValueMin, line.ariaValueMax] = WIDTHS[name].map(String);
  const towards = (root.dir === "rtl" ? -1 : 1) * (name === "logs" ? -1 : 1); // the log grows to its start
  line.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 16, ArrowLeft: -16 }[event.key];
    if (by) {
      event.preventDefault();
      resize(line, widthOf(name) + by * towards);
    }
  });
  line.addEventListener("pointerdown", (event) => {
    const [from, width] = [event.clientX, widthOf(name)];
    line.setPointerCapture(event.pointerId);
    line.onpointermove = (move) => resize(line, width + (move.clientX - from) * towards);
    line.onpointerup = line.onpointercancel = () => {
      line.onpointermove = null;
    };
  });
}
addEventListener("resize", tellState);
tellState();
