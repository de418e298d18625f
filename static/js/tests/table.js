// Cells of the table of a test set, and what is in them.

export const grid = () => document.getElementById("grid");
export const rowsOf = () => [...grid().querySelectorAll("tbody tr")];
export const cellsOf = (row) => [...row.querySelectorAll("td[role=gridcell]")];
export const placeOf = (cell) => [
  rowsOf().indexOf(cell.parentElement),
  cellsOf(cell.parentElement).indexOf(cell),
];
export const cellAt = (row, column) => {
  const found = rowsOf()[row];
  return found && cellsOf(found)[column];
};
// The hint in the place of a new row is no value.
export const textOf = (cell) =>
  cell.parentElement.dataset.key ? (cell.dataset.text ?? cell.textContent) : "";
export const rowWith = (key) => rowsOf().find((row) => row.dataset.key === key);
export const shownAt = (key, column) =>
  rowWith(key) && cellsOf(rowWith(key)).find((cell) => cell.dataset.column === column);
export const textAt = (key, column) => {
  const cell = shownAt(key, column);
  return cell && textOf(cell);
};
