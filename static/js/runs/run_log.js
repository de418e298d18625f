// The run log: its tabs, and the choice of a run.

import { afterSwap, on } from "../events.js";
import { hasNewestRun } from "../pure/operations.js";

const log = document.getElementById("logs");
const otherTab = document.getElementById("log-tab"); // the content of any tab but the steps
let loaded = ""; // the URL of that content, and the status of the run when it was loaded

function show(name) {
  const tabs = log.querySelectorAll("[data-log-tab]");
  log.dataset.tab = tabs.length ? name : "steps";
  for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.logTab === name));

  const { url } = log.querySelector("[aria-pressed=true]")?.dataset ?? {};
  const wanted = `${url} ${log.querySelector(".run-line .badge")?.textContent}`;
  if (url && wanted !== loaded) htmx.ajax("GET", url, { target: otherTab });
  loaded = wanted;
}

on("#logs [data-log-tab]", "click", (tab) => {
  otherTab.replaceChildren(document.getElementById("skeleton").content.cloneNode(true));
  loaded = "";
  show(tab.dataset.logTab);
});

// The log may now show another run, or another status of the same run.
afterSwap(() => {
  if (log) show(log.dataset.tab);
});

// On a phone, the tabs of a step scroll.
afterSwap(({ target }) => {
  if (target.id !== "step-body") return;
  target
    .querySelector("nav [aria-current]")
    ?.scrollIntoView({ block: "nearest", inline: "center" });
});

on("[data-run-choice]", "change", ({ value }) => htmx.ajax("GET", value, { target: "#run-log" }));

/**
 * Return whether the log keeps an older run that the reader has chosen, instead of showing `html`,
 * the log of the current run. The older run stays, with a fresh list of runs, until a new run
 * begins.
 */
export function keepsChosenRun(element, html) {
  const choice = element.querySelector("[data-chosen]");
  if (!choice) return false;
  if (hasNewestRun(html, choice.options[0].value)) {
    htmx.ajax("GET", choice.value, { target: element });
    return true;
  }
  const url = new URL(location);
  url.searchParams.delete("r");
  history.replaceState(history.state, "", url);
  return false;
}
