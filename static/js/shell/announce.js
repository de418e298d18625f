// #announce is a live region: screen readers read its text aloud when it changes.

const region = document.getElementById("announce");

export function announce(text) {
  // Cleared first, so that the same text is read again.
  region.textContent = "";
  region.textContent = text;
}
