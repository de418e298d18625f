// Shows and hides the panels of the main screen. A phone shows one panel at a time; on a wide
// screen each panel can be hidden. theme.js restores the hidden panels before the first paint.

import { on } from "../events.js";
import { namesIn, toggled } from "../pure/panels.js";
import { showWidths } from "./panel_edges.js";

const PHONE = 900; // pixels; narrower windows show one panel
const COLUMNS = 1280; // pixels; wider windows show all panels as columns
const NARROW = 600; // pixels; the thread should have more
const main = document.getElementById("main");
let madeRoom = false; // the assistants are hidden for the run log
const app = document.querySelector(".app");
const root = document.documentElement;

function show(name) {
  app.dataset.panel = name;
  for (const tab of document.querySelectorAll("[data-panel-tab]")) {
    if (tab.dataset.panelTab === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (namesIn(root.dataset.hides).has(name)) toggle(name);
  openDrawer(name === "cfg");
  // After a reload, a phone shows this panel again.
  const url = new URL(location);
  url.searchParams.set("panel", name);
  history.replaceState(history.state, "", url);
}

function openDrawer(isOpen) {
  if (isOpen) app.dataset.drawer = "cfg";
  else delete app.dataset.drawer;
  const button = document.querySelector("[data-drawer=cfg][aria-expanded]");
  button?.setAttribute("aria-expanded", String(isOpen));
}

function hide(names) {
  root.dataset.hides = names;
  showPressed();
  showWidths(); // the other panels have grown or shrunk
}

function toggle(name) {
  const isOpening = namesIn(root.dataset.hides).has(name);
  hide(toggled(root.dataset.hides, name));
  if (name === "logs") makeRoom(isOpening);
  localStorage.setItem("hides", root.dataset.hides);
}

// The assistants make room for the run log where the thread would become narrow, until it is shut.
function makeRoom(logIsOpen) {
  const isHidden = namesIn(root.dataset.hides).has("list");
  const isNarrow = innerWidth >= COLUMNS && main.offsetWidth < NARROW;
  if (logIsOpen ? isNarrow && !isHidden : madeRoom && isHidden) {
    hide(toggled(root.dataset.hides, "list"));
  }
  madeRoom = logIsOpen && isNarrow && !isHidden;
}

/** Show the run log, where it has a column, until the next page. */
export function revealLog() {
  if (innerWidth < PHONE || !namesIn(root.dataset.hides).has("logs")) return;
  hide(toggled(root.dataset.hides, "logs"));
  makeRoom(true);
}

function showPressed() {
  const hidden = namesIn(root.dataset.hides);
  for (const button of document.querySelectorAll("[data-hide]")) {
    button.ariaPressed = String(!hidden.has(button.dataset.hide));
  }
}

// These run before htmx, because the request of the same click sends the URL with the panel's name.
const beforeHtmx = { capture: true };
on("[data-panel-tab]", "click", ({ dataset }) => show(dataset.panelTab), beforeHtmx);
on("[data-hide]", "click", ({ dataset }) => toggle(dataset.hide), beforeHtmx);
on("[data-preset]", "click", ({ dataset }) => {
  hide(dataset.preset);
  localStorage.setItem("hides", dataset.preset);
});
on("button[data-drawer]", "click", () => openDrawer(app.dataset.drawer !== "cfg"), beforeHtmx);
on(
  "[data-act=log]",
  "click",
  (_link, event) => {
    // Ctrl or Cmd opens the link in a new tab, so this page stays as it is.
    if (!event.ctrlKey && !event.metaKey) show("logs");
  },
  beforeHtmx,
);

showPressed();
