// Files on their way into a vector store, and those that it refused. The refused ones are in the list
// of the store's files, and count as failed, until somebody removes them or leaves the page. The
// template of that list loads this script.

import { afterSwap, on } from "../events.js";

const kept = new Map(); // chips by the address of the uploads

const countOf = (area) => area.querySelector("#refused");

/** Remember the chips of an area of a vector store, and show each one in its place. */
function keep(area) {
  if (!countOf(area)) return;
  // The store's own files have IDs.
  kept.set(area.dataset.upload, [...area.querySelectorAll(".chip:not([id])")]);
  place(area);
}

on("[data-drop]", "chips", keep); // they have changed, see files/uploads.js

on("[data-remove-failed]", "click", (button) => {
  const area = button.closest("[data-drop]");
  for (const chip of area.querySelectorAll(".chip.failed:not([id])")) chip.remove();
  keep(area);
});

function place(area) {
  const chips = kept.get(area.dataset.upload) ?? [];
  const list = area.querySelector("[data-takes-refused]");
  const underWay = area.querySelector("[data-files]");
  const failed = chips.filter((chip) => chip.matches(".failed"));
  for (const chip of chips) {
    const isFailed = failed.includes(chip);
    const target = (isFailed && list) || underWay;
    if (chip.parentElement !== target) target.append(chip);
    chip.hidden = isFailed && !list;
  }
  if (list && failed[0] !== list.firstElementChild) list.prepend(...failed);
  countOf(area).value = failed.length;
  // The list was rendered with another number, or without one.
  if (Number(area.querySelector("#store-files").dataset.refused) !== failed.length) {
    underWay.dispatchEvent(new Event("uploaded", { bubbles: true }));
  }
}

// A swap removes the chips, because the server doesn't know them.
afterSwap(() => {
  const count = document.getElementById("refused");
  if (count) place(count.closest("[data-drop]"));
});
