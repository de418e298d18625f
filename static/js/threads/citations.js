// A citation, a.cite, shows the cited text beside it instead of on its own page.

import { on } from "../events.js";

const box = document.getElementById("citation-dialog");
const body = document.getElementById("citation-body");
let shown; // the link whose text is shown

const sentences = new Intl.Segmenter(undefined, { granularity: "sentence" });

/** Return the sentence of the reply that a citation is about: the last one before it. */
function sentenceBefore(link) {
  const range = document.createRange();
  range.setStart(link.closest("p, li, td, th, blockquote, .body"), 0);
  range.setEndBefore(link);
  const parts = [...sentences.segment(range.toString())];
  return parts.findLast(({ segment }) => /\p{L}/u.test(segment))?.segment ?? "";
}

on("a.cite", "click", (link, event) => {
  if (event.ctrlKey || event.metaKey) return; // opens a new tab
  event.preventDefault();
  box.hidePopover();
  shown = link;
  link.ariaExpanded = "true";
  body.replaceChildren(document.getElementById("skeleton").content.cloneNode(true));
  box.showPopover({ source: link });
  box.focus();
  const values = { about: sentenceBefore(link) };
  htmx.ajax("GET", `${link.pathname}text/`, { target: body, values });
});

box?.addEventListener("toggle", ({ newState }) => {
  if (newState === "open" || !shown) return;
  shown.ariaExpanded = null;
  if (box.contains(document.activeElement) || document.activeElement === document.body) {
    shown.focus();
  }
});
