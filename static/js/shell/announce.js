// #announce is what a screen reader reads out when something happens elsewhere on the page.

const region = document.getElementById("announce");

export function announce(text) {
  // Emptied first, so that the same words are read out again.
  region.textContent = "";
  region.textContent = text;
}
