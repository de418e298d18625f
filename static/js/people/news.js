// News of the project, which come over the page's websocket beside the thread's frames: what to load
// again, the role of the person, and who writes which tool output. htmx itself shows who is here.

import { nowAndAfterSwap, onHtmx } from "../events.js";

let writing = {}; // the lines about those who write, by tool call

function showWriting() {
  for (const line of document.querySelectorAll("[data-writing]")) {
    const text = writing[line.closest("[data-id]").dataset.id] ?? "";
    if (line.textContent !== text) line.textContent = text;
  }
}

/** Return the address of the websocket for this page as it is now. */
export function lineUrl(url, more = {}) {
  const at = new URL(url);
  const { role = "" } = document.body.dataset;
  for (const [name, value] of Object.entries({ role, ...more })) {
    if (value) at.searchParams.set(name, value);
  }
  return at.href;
}

onHtmx("ws:after:message:incoming", ({ message }) => {
  const news = JSON.parse(message.data);
  if (news.role) document.body.dataset.role = news.role;
  for (const topic of news.topics ?? []) htmx.trigger(document.body, `${topic}-changed`);
  if (!news.writing) return;
  writing = news.writing;
  showWriting();
});

nowAndAfterSwap(showWriting);
