// Keeps the scroll position and the focus of the configuration from one page to the next of the same
// assistant, since the first run of a new thread, a new version and another thread are pages of
// their own.

const panel = document.getElementById("cfg");
const assistant = document.getElementById("next-assistant")?.value;
const KEY = "cfg-scroll";

if (panel && assistant) {
  const [owner, top, field] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  if (owner === assistant) {
    panel.scrollTop = top;
    if (field) focus(document.getElementById(field.id), field);
  }
  addEventListener("pagehide", () => {
    const { activeElement } = document;
    const at = panel.contains(activeElement) && activeElement.id ? placeIn(activeElement) : null;
    sessionStorage.setItem(KEY, JSON.stringify([assistant, panel.scrollTop, at]));
  });
}

const placeIn = ({ id, selectionStart, selectionEnd, scrollTop }) => ({
  id,
  selectionStart,
  selectionEnd,
  scrollTop,
});

function focus(element, { selectionStart, selectionEnd, scrollTop }) {
  element?.focus({ preventScroll: true });
  if (document.activeElement !== element) return; // it is hidden
  if (selectionStart != null) element.setSelectionRange(selectionStart, selectionEnd);
  element.scrollTop = scrollTop;
}
