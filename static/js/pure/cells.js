// Cells of a spreadsheet, as the clipboard has them.

/** Return the rows of cells in a text that a spreadsheet has copied. */
export function cellsIn(text) {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  const end = () => rows.at(-1).push(cell);
  const lines = text.replaceAll("\r\n", "\n").replace(/\n$/, "");
  for (let at = 0; at < lines.length; at++) {
    const sign = lines[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (lines[at + 1] === '"') cell += lines[at++];
      else quoted = false;
    } else if (sign === '"' && cell === "" && closes(lines, at)) {
      quoted = true;
    } else if (sign === "\t" || sign === "\n") {
      end();
      cell = "";
      if (sign === "\n") rows.push([]);
    } else cell += sign;
  }
  end();
  return rows;
}

// Spreadsheets quote cells with line ends. What people type may begin with a quotation mark, too.
function closes(text, at) {
  return /^"(?:[^"]|"")*"(?:[\t\n]|$)/.test(text.slice(at));
}

/** Return a text for the clipboard that spreadsheets read as one cell. */
export function asCell(text) {
  return /[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
