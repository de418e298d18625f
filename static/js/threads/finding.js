// Loaded on demand. The server finds words in all messages of the thread, and the page goes there.

const [bar, box, last, found] = ["place", "find-box", "find-at", "found"].map((id) =>
  document.getElementById(id),
);

function forget() {
  last.value = "";
  found.replaceChildren();
  CSS.highlights?.clear();
}

function press(_box, event) {
  if (event.key === "Enter" && event.shiftKey) {
    event.preventDefault();
    bar.requestSubmit(bar.querySelector("[value=next]"));
  }
  if (event.key !== "Escape") return;
  forget();
  bar.hidden = document.getElementById("range").hidden;
  document.getElementById("messages").focus();
}

/** Listen to the bar, with the functions of events.js and window.js. */
export function start(afterSwap, on, onKey, goTo) {
  on("#find-box", "input", forget);
  onKey("#find-box", press);
  afterSwap(async ({ target }) => {
    const id = target === found && found.firstElementChild?.dataset.found;
    if (!id) return;
    last.value = id;
    await goTo(id);
    if (CSS.highlights) CSS.highlights.set("found", new Highlight(...wordsIn(`#body-${id}`)));
  });
}

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
