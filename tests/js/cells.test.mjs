// Cells of a spreadsheet in the clipboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { asCell, cellsIn } from "../../static/js/pure/cells.js";

test("cells are separated by tabs and line ends", () => {
  assert.deepEqual(cellsIn("a\tb\r\nc\td\r\n"), [
    ["a", "b"],
    ["c", "d"],
  ]);
  assert.deepEqual(cellsIn("one"), [["one"]]);
  assert.deepEqual(cellsIn(""), [[""]]);
  assert.deepEqual(cellsIn("a\t\n\tb"), [
    ["a", ""],
    ["", "b"],
  ]);
});

test("a cell in quotation marks keeps its line ends and tabs", () => {
  assert.deepEqual(cellsIn('"a\nb"\t"say ""hi"""\nc'), [["a\nb", 'say "hi"'], ["c"]]);
  assert.deepEqual(cellsIn('"a\tb"'), [["a\tb"]]);
});

test("a quotation mark that somebody typed is a letter", () => {
  assert.deepEqual(cellsIn('"Hello", she said\tx'), [['"Hello", she said', "x"]]);
  assert.deepEqual(cellsIn('5" of rain'), [['5" of rain']]);
  assert.deepEqual(cellsIn('"open\tnext'), [['"open', "next"]]);
});

test("a cell comes back as it was copied", () => {
  for (const text of ["plain", "a\nb", 'say "hi"', "tab\there", '"']) {
    assert.deepEqual(cellsIn(asCell(text)), [[text]]);
  }
});
