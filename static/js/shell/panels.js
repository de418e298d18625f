// Shows and hides the panels of the main screen. A phone shows one panel at a time; on a wide
// screen each panel can be hidden. theme.js restores the hidden panels before the first paint.

import { on } from "../events.js";
import { namesIn, toggled } from "../pure/panels.js";
import { showWidths } from "./panel_edges.js";

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

function toggle(name) {
  root.dataset.hides = toggled(root.dataset.hides, name);
  localStorage.setItem("hides", root.dataset.hides);
  showPressed();
  showWidths(); // the other panels have grown or shrunk
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
