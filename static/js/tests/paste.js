// Cells that are pasted from a spreadsheet, as edits of the table.

import { cellsOf, grid, rowsOf, textOf } from "./table.js";

const isEmpty = (texts) => texts.every((text) => !text.trim());

/** Return why cells can't be pasted here, or undefined: a part would be lost or go elsewhere. */
export function problemOf(cells, row, column) {
  const { wide, tall } = grid().dataset;
  const width = cellsOf(rowsOf()[row]).length;
  if (cells.some((texts) => !isEmpty(texts.slice(width - column)))) return wide;
  // Without a place for new rows, there are others below the page.
  const isLast = rowsOf().at(-1).dataset.key === "";
  const below = cells.slice(rowsOf().length - row);
  return isLast || below.every(isEmpty) ? undefined : tall;
}

/** Return the edits that paste the cells. Those beyond the last row become new rows. */
export function editsOf(cells, row, column) {
  return cells.flatMap((texts, down) => {
    const target = rowsOf()[row + down];
    const columns = cellsOf(target ?? rowsOf()[row]).slice(column, column + texts.length);
    const isNew = !target?.dataset.key;
    // Spreadsheets copy the empty rows of a selection, too.
    if (isNew && isEmpty(texts)) return [];
    return {
      key: isNew ? "" : target.dataset.key,
      revision: isNew ? 0 : Number(target.dataset.revision),
      cells: Object.fromEntries(columns.map((one, at) => [one.dataset.column, texts[at]])),
      before: isNew
        ? {}
        : Object.fromEntries(columns.map((one) => [one.dataset.column, textOf(one)])),
    };
  });
}
