// Find in the thread, #place: the server finds the words in all messages, and the page goes there.

import { afterSwap, on, onKey } from "../events.js";
import { goTo } from "./window.js";

const [bar, box, last, found] = ["place", "find-box", "find-at", "found"].map((id) =>
  document.getElementById(id),
);

on("[data-find]", "click", () => {
  bar.hidden = false;
  box.select();
  box.focus();
});

function forget() {
  last.value = "";
  found.replaceChildren();
  CSS.highlights?.clear();
}
on("#find-box", "input", forget);

onKey("#find-box", (_box, event) => {
  if (event.key === "Enter" && event.shiftKey) {
    event.preventDefault();
    bar.requestSubmit(bar.querySelector("[value=next]"));
  }
  if (event.key !== "Escape") return;
  forget();
  bar.hidden = document.getElementById("range").hidden;
  document.getElementById("messages").focus();
});

afterSwap(async ({ target }) => {
  const id = target === found && found.firstElementChild?.dataset.found;
  if (!id) return;
  last.value = id;
  await goTo(id);
  if (CSS.highlights) CSS.highlights.set("found", new Highlight(...wordsIn(`#body-${id}`)));
});

// Ranges change nothing in the message, which may be selected or drawn again at any time.
function* wordsIn(selector) {
  const words = box.value.toLowerCase().match(/[^\s"“”„]+/g);
  const texts = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    for (const word of words) {
      const at = node.data.toLowerCase().indexOf(word);
      if (at < 0) continue;
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      yield range;
    }
  }
}
