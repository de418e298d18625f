// Which panels of the main screen are shown: one at a time on a phone; on a wide screen each can be
// hidden. theme.js hides them again before the next first paint.

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
  // A phone that reloads the page comes back to this panel.
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
  showWidths(); // the other panels have got or given room
}

function showPressed() {
  const hidden = namesIn(root.dataset.hides);
  for (const button of document.querySelectorAll("[data-hide]")) {
    button.ariaPressed = String(!hidden.has(button.dataset.hide));
  }
}

// Captured, and so before htmx: the request of the same click is to find the panel's name in the URL.
const first = { capture: true };
on("[data-panel-tab]", "click", ({ dataset }) => show(dataset.panelTab), first);
on("[data-hide]", "click", ({ dataset }) => toggle(dataset.hide), first);
on("button[data-drawer]", "click", () => openDrawer(app.dataset.drawer !== "cfg"), first);
on(
  "[data-act=log]",
  "click",
  (_link, event) => {
    // With Ctrl or Cmd the link opens another tab, and this page stays as it is.
    if (!event.ctrlKey && !event.metaKey) show("logs");
  },
  first,
);

showPressed();
