// Keeps the scroll position of the configuration from one page to the next of the same assistant,
// since the first run of a new thread, a new version and another thread are pages of their own.

const panel = document.getElementById("cfg");
const assistant = document.getElementById("next-assistant")?.value;
const KEY = "cfg-scroll";

if (panel && assistant) {
  const [owner, top] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  if (owner === assistant) panel.scrollTop = top;
  addEventListener("pagehide", () => {
    sessionStorage.setItem(KEY, JSON.stringify([assistant, panel.scrollTop]));
  });
}
