// The run log: its tabs, and which run it shows.

import { afterSwap, on } from "../events.js";
import { hasNewestRun } from "../pure/operations.js";

const log = document.getElementById("logs");
const otherTab = document.getElementById("log-tab"); // where tabs other than the steps are shown
let loaded = ""; // what is in it: the tab's address, and the status its run had then

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

// The log may show another run, or the same one in another status.
afterSwap(() => {
  if (log) show(log.dataset.tab);
});

on("[data-run-choice]", "change", ({ value }) => htmx.ajax("GET", value, { target: "#run-log" }));

/**
 * Whether the log keeps the older run that its reader has chosen, instead of `html`, the log of the
 * current run. It does until another run begins; its choice of runs is loaded again.
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
