// Edits of cells survive when rows are shown as they are now: those that somebody types, and those
// that wait to be saved. Each has a text area, which moves into the cell's successor.

import { cellsOf, grid, rowsOf, rowWith, shownAt, textOf } from "./table.js";

const STATE = ["before", "shown", "theirs", "theirRevision"];
const isPlace = (row) => row.dataset.key === "";

/** Add another place for a new row, while the row in the last one is being saved. */
export function addPlace() {
  const row = rowsOf().at(-1).cloneNode(true);
  for (const cell of cellsOf(row)) {
    cell.replaceChildren();
    for (const name of STATE) delete cell.dataset[name];
  }
  grid().querySelector("tbody").append(row);
}

function move(cell, next) {
  const box = cell.querySelector("textarea");
  if (!box) return next;
  // Somebody else has changed the cell: the server has to compare.
  if (textOf(next) !== cell.dataset.before) next.dataset.changed = "";
  for (const name of STATE) if (name in cell.dataset) next.dataset[name] = cell.dataset[name];
  next.replaceChildren(...cell.childNodes);
  return box;
}

/** Call `replace()`, which replaces rows, and put the edits and the focus back. */
export function keepEdits(replace) {
  const active = document.activeElement;
  const { selectionStart, selectionEnd } = active;
  const focused = grid().contains(active) && active.closest("td[role=gridcell]");
  const cells = [...grid().querySelectorAll("td[role=gridcell]")].filter(
    (cell) => cell === focused || cell.querySelector("textarea"),
  );
  // Of several places for new rows, the page has one.
  const places = [...new Set(cells.map((cell) => cell.parentElement).filter(isPlace))];
  replace();
  const [first, ...others] = places;
  const body = grid().querySelector("tbody");
  if (first && !rowWith("")) body.append(first);
  body.append(...others.filter((row) => !row.isConnected));
  for (const cell of cells) {
    const { key } = cell.parentElement.dataset;
    const next = cell.isConnected ? cell : shownAt(key, cell.dataset.column);
    if (!next) continue;
    const box = next === cell ? (cell.querySelector("textarea") ?? cell) : move(cell, next);
    if (cell !== focused) continue;
    for (const other of grid().querySelectorAll("td[tabindex='0']")) other.tabIndex = -1;
    next.tabIndex = 0;
    (box.disabled ? next : box).focus();
    if (box === active) box.setSelectionRange?.(selectionStart, selectionEnd);
  }
}
