// The left column shows one list: [data-list-tab] chooses assistants or threads, and the browser
// remembers which.

import { on } from "../events.js";

const KEY = "list-tab";

function show(name) {
  for (const part of document.querySelectorAll("[data-list-of]")) {
    part.hidden = part.dataset.listOf !== name;
  }
  for (const tab of document.querySelectorAll("[data-list-tab]")) {
    tab.ariaPressed = String(tab.dataset.listTab === name);
  }
  document.querySelector("#list :not([hidden]) > ul [aria-current]")?.scrollIntoView({
    block: "nearest",
  });
}

on("[data-list-tab]", "click", ({ dataset }) => {
  localStorage.setItem(KEY, dataset.listTab);
  show(dataset.listTab);
});

show(localStorage.getItem(KEY) ?? "assistants");
