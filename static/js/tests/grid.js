// The table of a test set: keys, edits of cells, and cells that are pasted from a spreadsheet.

import { on, onKey } from "../events.js";
import { asCell, cellsIn } from "../pure/cells.js";
import { csrfToken } from "../shell/csrf.js";
import { toast } from "../shell/toasts.js";
import { addPlace, keepEdits } from "./kept_edits.js";
import { editsOf, problemOf } from "./paste.js";
import {
  cellAt,
  cellsOf,
  grid,
  placeOf,
  rowsOf,
  rowWith,
  shownAt,
  textAt,
  textOf,
} from "./table.js";
import { remember, takeBack } from "./undo.js";

const CELL = "#grid td[role=gridcell]";
const mayEdit = () => document.body.dataset.role !== "viewer";

// Then the keys that somebody presses next are for the cell that they edit.
const isTyping = () => document.activeElement.matches(`${CELL} textarea:enabled`);

function focus(cell) {
  if (!cell || isTyping()) return;
  for (const other of grid().querySelectorAll("td[tabindex='0']")) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}

function move(cell, rows, columns) {
  const [row, column] = placeOf(cell);
  focus(cellAt(row + rows, column + columns));
}

function start(cell, text) {
  if (!mayEdit() || cell.querySelector("textarea")) return;
  if ("long" in cell.dataset) {
    location.assign(cell.parentElement.querySelector("th a").href);
    return;
  }
  const before = textOf(cell);
  const box = document.createElement("textarea");
  box.className = "input";
  box.dir = "auto";
  box.value = text ?? before;
  box.rows = Math.min(Math.max(box.value.split("\n").length, 2), 12);
  box.setAttribute("aria-label", grid().dataset.edit);
  cell.dataset.before = before;
  cell.dataset.shown = cell.parentElement.dataset.key ? cell.textContent : "";
  cell.replaceChildren(box);
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}

function cancel(cell) {
  cell.textContent = cell.dataset.shown;
  focus(cell);
  if (isStale) refresh();
}

async function send(edits, removed = {}) {
  const response = await fetch(grid().dataset.save, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ edits, removed, column: grid().dataset.column }),
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : { message: grid().dataset.failed };
  // Rows that come and go change the numbers of others.
  answer.isLarge = edits.length !== 1 || !edits[0].key || Object.keys(removed).length > 0;
  return { status: response.status, answer };
}

const editOf = (cell, text) => ({
  key: cell.parentElement.dataset.key,
  // Without a revision, the server compares what is there now with what was there before.
  revision: "changed" in cell.dataset ? 0 : Number(cell.parentElement.dataset.revision),
  cells: { [cell.dataset.column]: text },
  before: { [cell.dataset.column]: cell.dataset.before ?? textOf(cell) },
});

// Put rows that the server has rendered in the place of the old ones, with their numbers.
function replaceRows(rows) {
  for (const [key, html] of Object.entries(rows)) {
    const old = rowWith(key);
    if (!old) continue;
    const holder = document.createElement("tbody");
    holder.innerHTML = html;
    const made = holder.firstElementChild;
    made.querySelector("th a").textContent = old.querySelector("th a")?.textContent ?? "";
    made.dataset.number = old.dataset.number;
    keepEdits(() => old.replaceWith(made));
  }
}

const PARTS = ["grid", "set-count", "set-pages", "page-h"];

/** Show the table as it is now, and return whether that happened. */
async function reload() {
  isStale = false;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) {
    isStale = true;
    return false;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  // A set that somebody has deleted, or a session that has ended, has no table.
  if (!fresh.getElementById("grid")) {
    if (!grid().querySelector("td textarea")) location.reload();
    return false;
  }
  // Somebody may have begun to type meanwhile.
  keepEdits(() => {
    for (const id of PARTS) {
      document.getElementById(id).replaceWith(document.adoptNode(fresh.getElementById(id)));
    }
    enter();
  });
  return true;
}

async function saved(answer, place) {
  const isReloaded = (answer.isLarge || isStale) && (await reload());
  if (!isReloaded) replaceRows(answer.rows);
  if (place) focus(cellAt(...place) ?? cellAt(0, 0));
}

// Each save needs the row as the one before has left it.
let line = Promise.resolve();

/** Save what was typed, and go on by `next` rows and columns, or stay away if it is null. */
function save(cell, next = [0, 0]) {
  const box = cell.querySelector("textarea");
  if (!box || box.disabled) return;
  if (box.value === cell.dataset.before) {
    cell.textContent = cell.dataset.shown;
    if (next) move(cell, ...next);
    if (isStale) refresh();
    return;
  }
  box.disabled = true;
  if (next) goOn(cell, ...next);
  line = line.then(() => finish(box)).catch(() => toast(grid().dataset.failed, { isError: true }));
}

// Nobody has to wait for the answer. What is typed meanwhile is kept, see kept_edits.js.
function goOn(cell, rows, columns) {
  const [row, column] = placeOf(cell);
  const isLast = row + rows === rowsOf().length;
  if (isLast && !cell.parentElement.dataset.key) addPlace();
  focus(cellAt(row + rows, column + columns) ?? cellAt(0, 0));
}

/** Save the cell of the text area, whose row may be another element by now. */
async function finish(box) {
  const edit = editOf(box.closest("td"), box.value);
  let sent;
  try {
    sent = await send([edit]);
  } catch {
    sent = { status: 0, answer: { message: grid().dataset.failed } };
  }
  const cell = box.closest("td");
  if (sent.status !== 200) {
    box.disabled = false;
    explain(cell, sent);
    if (!isTyping()) box.focus();
    return;
  }
  cell.textContent = box.value;
  // Further cells of a new row belong to the row that was added.
  const [[key, revision] = []] = Object.entries(sent.answer.added);
  if (key) Object.assign(cell.parentElement.dataset, { key, revision });
  await saved(sent.answer);
  rememberCells([edit], sent.answer.added);
}

function explain(cell, { status, answer }) {
  cell.querySelector(".error")?.remove();
  const note = document.createElement("div");
  note.className = "error";
  note.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = answer.message;
  note.append(words);
  if (status === 409) {
    const theirs = document.createElement("pre");
    theirs.textContent = answer.theirs;
    note.append(theirs, button("mine"), button("theirs"));
    cell.dataset.theirs = answer.theirs;
    cell.dataset.theirRevision = answer.revision;
  }
  cell.append(note);
}

function button(choice) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn small";
  made.dataset.choice = choice;
  made.textContent = grid().dataset[choice];
  return made;
}

on("#grid [data-choice]", "click", (made) => {
  const cell = made.closest("td");
  cell.parentElement.dataset.revision = cell.dataset.theirRevision;
  const theirs = cell.dataset.theirs;
  cell.dataset.before = theirs;
  cell.dataset.shown = theirs;
  if ("text" in cell.dataset) cell.dataset.text = theirs;
  if (made.dataset.choice === "mine") save(cell);
  else cancel(cell);
});

const isMark = (event) =>
  event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
const MOVES = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
};

onKey(CELL, (cell, event) => {
  if (event.defaultPrevented) return;
  if (event.target.matches("textarea")) editKey(cell, event);
  else if (event.target === cell) gridKey(cell, event);
});

function editKey(cell, event) {
  if (event.key === "Escape") cancel(cell);
  else if (event.key === "Tab") save(cell, [0, event.shiftKey ? -1 : 1]);
  // Shift+Enter and Alt+Enter are line ends, as in spreadsheets.
  else if (event.key === "Enter" && !event.shiftKey && !event.altKey) save(cell, [1, 0]);
  else return;
  event.preventDefault();
}

function gridKey(cell, event) {
  const move_ = MOVES[event.key];
  const withControl = event.ctrlKey || event.metaKey;
  if (move_ && !event.ctrlKey && !event.altKey) move(cell, ...move_);
  else if (event.key === "Home") focus(cellsOf(cell.parentElement)[0]);
  else if (event.key === "End") focus(cellsOf(cell.parentElement).at(-1));
  else if (event.key === "Enter" || event.key === "F2") start(cell);
  else if (event.key === "Delete" || event.key === "Backspace") empty(cell);
  else if (event.altKey && /^Arrow(Up|Down)$/.test(event.key)) shift(cell, move_[0]);
  else if (withControl && !event.shiftKey && event.key.toLowerCase() === "z") takeBack();
  else if (isMark(event) && mayEdit()) start(cell, event.key);
  else return;
  event.preventDefault();
}

// --- what can be taken back ----------------------------------------------------------------------

/** Remember how to take back edits, which have added rows: their revisions by key. */
function rememberCells(edits, added) {
  const before = edits.filter((edit) => edit.key);
  const back = before.map(({ key, cells, before: texts }) => ({
    key,
    // No revision: the server compares what is there now with what was saved.
    revision: 0,
    cells: texts,
    before: Object.fromEntries(
      Object.entries(cells).map(([column, text]) => [column, textAt(key, column) ?? text]),
    ),
  }));
  const undo = async () => {
    const { status, answer } = await send(back, added);
    if (status !== 200) return toast(answer.message, { isError: true });
    await saved(answer);
    const [first] = back;
    focus(first ? shownAt(first.key, Object.keys(first.cells)[0]) : cellAt(rowsOf().length - 1, 0));
    toast(grid().dataset.undone);
  };
  remember(undo);
  return () => takeBack(undo);
}

function rememberNothing() {
  // Or Ctrl+Z would take back an older edit, which nobody has in mind.
  remember(async () => toast(grid().dataset.final, { isError: true }));
}

// --- the order of rows ---------------------------------------------------------------------------

async function moveTo(key, to) {
  const body = new URLSearchParams({ id: key, to });
  const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
  const response = await fetch(grid().dataset.move, { method: "POST", headers, body });
  if (!response.ok) throw new Error(response.status);
}

async function shift(cell, by) {
  const row = cell.parentElement;
  const number = Number(row.dataset.number);
  const { filtered, failed } = grid().dataset;
  if (!mayEdit() || !row.dataset.key || number + by < 1) return;
  if (filtered) return toast(filtered, { isError: true });
  const { key } = row.dataset;
  const { column } = cell.dataset;
  const go = async (to) => {
    try {
      await moveTo(key, to);
      await reload();
      focus(shownAt(key, column));
    } catch {
      toast(failed, { isError: true });
    }
  };
  await go(number + by);
  remember(() => go(number));
}

// --- what others change --------------------------------------------------------------------------

let isStale = false; // somebody has changed the set while a cell was edited

document.addEventListener("tests-changed", async () => {
  isStale = true;
  if (!grid().querySelector("td textarea")) await refresh();
});

async function refresh() {
  const checked = new Set(
    [...grid().querySelectorAll("[name=id]:checked")].map((box) => box.value),
  );
  if (!(await reload())) return;
  for (const box of grid().querySelectorAll("[name=id]")) box.checked = checked.has(box.value);
  grid()
    .querySelector("[name=id]")
    ?.dispatchEvent(new Event("change", { bubbles: true }));
}

function empty(cell) {
  if (!mayEdit() || textOf(cell) === "" || "long" in cell.dataset) return;
  paste(cell, [[""]]);
}

on(CELL, "dblclick", (cell) => start(cell));
on(CELL, "click", (cell, event) => {
  if (event.target === cell) focus(cell);
});
// What was typed is saved when somebody goes elsewhere on the page.
on(`${CELL} textarea`, "focusout", (box, event) => {
  const cell = box.closest("td");
  if (event.relatedTarget && !cell.contains(event.relatedTarget)) save(cell, null);
});
document.addEventListener("pointerdown", (event) => {
  const cell = grid()?.querySelector("td textarea:enabled")?.closest("td");
  if (cell && !cell.contains(event.target)) save(cell, null);
});

async function paste(cell, cells) {
  const [row, column] = placeOf(cell);
  const problem = problemOf(cells, row, column);
  if (problem) return toast(problem, { isError: true });
  const edits = editsOf(cells, row, column);
  if (!edits.length) return;
  const isCut = edits.some(({ key, cells: texts }) =>
    Object.keys(texts).some((name) => "long" in (shownAt(key, name)?.dataset ?? {})),
  );
  try {
    const { status, answer } = await send(edits);
    if (status !== 200) return toast(answer.message, { isError: true });
    await saved(answer, [row, column]);
    const undo = isCut ? rememberNothing() : rememberCells(edits, answer.added);
    toast(grid().dataset.saved, { undo });
  } catch {
    toast(grid().dataset.failed, { isError: true });
  }
}

on(CELL, "paste", (cell, event) => {
  if (event.target.matches("textarea") || !mayEdit()) return;
  event.preventDefault();
  paste(cell, cellsIn(event.clipboardData.getData("text/plain")));
});
on(CELL, "copy", (cell, event) => {
  if (event.target.matches("textarea") || String(getSelection())) return;
  event.clipboardData.setData("text/plain", asCell(textOf(cell)));
  event.preventDefault();
});

on("[data-add-column]", "submit", (form, event) => {
  event.preventDefault();
  const [name, kind] = form.querySelectorAll("input, select");
  const url = new URL(location.href);
  url.searchParams.set("column", kind.value + name.value.trim());
  location.assign(url);
});

// One cell can be reached by Tab, as in every grid.
function enter() {
  const first = grid()?.querySelector("td[role=gridcell]");
  if (first) first.tabIndex = 0;
}
enter();
