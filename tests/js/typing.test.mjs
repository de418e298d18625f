// Typing: drafts, key chords, short texts, and forms that are rendered again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { draftKey, rowsFor, textAfter, typedSince } from "../../static/js/pure/drafts.js";
import {
  chordOf,
  isComposing,
  isPlain,
  namesOf,
  optionAfter,
  stepFrom,
} from "../../static/js/pure/keys.js";
import { elapsed, faultOfJson, lengthOf, timeLeft, titleOf } from "../../static/js/pure/text.js";
import { isMended, restored } from "../../static/js/pure/typed_fields.js";

test("each thread has its own draft, and so has a new thread", () => {
  const key = (address) => draftKey(new URL(address, "http://localhost"));
  assert.equal(key("/p/1/playground/?a=asst_1&t=thread_1"), "draft:/p/1/playground/thread_1");
  assert.equal(key("/p/1/playground/?a=asst_1"), "draft:/p/1/playground/");
});

test("text typed after sending is kept", () => {
  assert.equal(typedSince("Really?", "Really? Truly?"), " Truly?");
  assert.equal(typedSince("Really?", "Really?"), "");
  assert.equal(typedSince("Really?", "No, wait"), "No, wait");
  assert.equal(textAfter(200, "Really?", "Really? Truly?"), " Truly?");
  assert.equal(textAfter(422, "Really?", "Really? Truly?"), "Really? Truly?");
});

test("the box grows with its text, within limits", () => {
  assert.deepEqual(["", "a", "a\nb\nc", "\n".repeat(40)].map(rowsFor), [2, 2, 3, 12]);
});

const press = (key, more = {}) =>
  chordOf({ key, code: "", getModifierState: () => false, ...more });
const ctrlKey = true;
const shiftKey = true;
const altKey = true;

test("keys of an input method are not for the page", () => {
  const key = "Enter";
  assert.equal(isComposing({ key, isComposing: true, keyCode: 229 }), true); // Chromium, Firefox
  assert.equal(isComposing({ key, isComposing: false, keyCode: 229 }), true); // Safari
  assert.equal(isComposing({ key, isComposing: false, keyCode: 13 }), false);
  assert.equal(isComposing({ key: "Escape", isComposing: true, keyCode: 27 }), true);
});

test("chords have the names of the shortcuts", () => {
  assert.equal(press("k", { ctrlKey }), "Ctrl+K");
  assert.equal(press("k", { metaKey: true }), "Ctrl+K");
  assert.equal(press("D", { ctrlKey, shiftKey }), "Ctrl+Shift+D");
  assert.equal(press("Enter", { ctrlKey, shiftKey }), "Ctrl+Shift+Enter");
  assert.equal(press("n"), "N");
  assert.equal(press("N", { shiftKey }), "Shift+N");
  assert.equal(press("Escape"), "Esc");
  assert.equal(press(".", { ctrlKey }), "Ctrl+.");
});

test("names of chords do not depend on the keyboard layout", () => {
  assert.equal(press("?", { shiftKey }), "?");
  assert.equal(press("/", { shiftKey }), "/");
  assert.equal(press("¡", { altKey, code: "Digit1" }), "Alt+1");
  assert.equal(press("$", { altKey, shiftKey, code: "Digit4" }), "Alt+Shift+4");
  const getModifierState = (name) => name === "AltGraph";
  assert.equal(press("/", { ctrlKey, altKey, getModifierState }), "/");
});

test("plain keys belong to text fields", () => {
  assert.deepEqual(["J", "Shift+N", "Enter", "?"].map(isPlain), [true, true, true, true]);
  assert.deepEqual(["Ctrl+J", "Alt+1", "Esc"].map(isPlain), [false, false, false]);
});

test("the same chord twice within 800 ms is a chord of its own", () => {
  const first = { chord: "Esc", at: 1000 };
  assert.deepEqual(namesOf(first, undefined), ["Esc"]);
  assert.deepEqual(namesOf({ chord: "Esc", at: 1799 }, first), ["Esc,Esc", "Esc"]);
  assert.deepEqual(namesOf({ chord: "Esc", at: 1800 }, first), ["Esc"]);
  assert.deepEqual(namesOf({ chord: "J", at: 1001 }, first), ["J"]);
});

test("steps stop at the ends, arrow keys wrap around", () => {
  assert.deepEqual([stepFrom(-1, 1, 3), stepFrom(-1, -1, 3)], [0, 2]);
  assert.deepEqual([stepFrom(1, 1, 3), stepFrom(2, 1, 3), stepFrom(0, -1, 3)], [2, 2, 0]);
  assert.deepEqual([optionAfter("ArrowDown", 2, 3), optionAfter("ArrowUp", 0, 3)], [0, 2]);
  assert.deepEqual([optionAfter("ArrowDown", -1, 3), optionAfter("ArrowUp", -1, 3)], [0, 2]);
  assert.equal(optionAfter("ArrowDown", -1, 0), undefined);
  assert.equal(optionAfter("a", 0, 3), undefined);
});

test("the title is marked once while the run waits", () => {
  assert.equal(titleOf("Weather", true), "(!) Weather");
  assert.equal(titleOf("(!) Weather", true), "(!) Weather");
  assert.equal(titleOf("(!) Weather", false), "Weather");
});

test("the time left is shown in minutes and seconds", () => {
  assert.equal(timeLeft(600_000, 0), "10:00");
  assert.equal(timeLeft(65_400, 0), "1:05");
  assert.equal(timeLeft(0, 5000), "0:00");
});

test("seconds are counted up, and the clock of another machine doesn't make them negative", () => {
  assert.equal(elapsed(0, 3999), "3 s");
  assert.equal(elapsed(0, 65_000), "1 min 5 s");
  assert.equal(elapsed(5000, 0), "0 s");
});

test("the length of a text is shown near the limit", () => {
  const limits = { from: "200", most: "256" }; // as attributes of the HTML
  assert.equal(lengthOf(199, limits), "");
  assert.equal(lengthOf(200, limits), "200 / 256");
});

test("only text that looks like JSON is checked", () => {
  assert.ok(faultOfJson('{"temp": '));
  assert.ok(faultOfJson(" [1, 2"));
  assert.ok(faultOfJson('"open'));
  for (const text of ['{"temp": 11}', "fine", "", "12 degrees"]) {
    assert.equal(faultOfJson(text), null, text);
  }
});

test("broken JSON is found by its line and column", () => {
  assert.deepEqual(faultOfJson('{"temp":\n  '), { line: 1, column: 9 });
  assert.deepEqual(faultOfJson('{\n "a": 1,\n}'), { line: 3, column: 1 });
  assert.deepEqual(faultOfJson("{'a': 1}"), { line: 1, column: 2 });
  assert.deepEqual(faultOfJson('["ä" "é"]'), { line: 1, column: 6 });
});

test("an error goes when its field is mended, and not before", () => {
  const isRight = (kind, ...texts) => texts.map((text) => isMended(text, kind));
  assert.deepEqual(isRight(undefined, "mild", " ", ""), [true, false, false]);
  assert.deepEqual(isRight("number", "9.5", "-1e3", "warm", "", "0x1"), [
    ...[true, true],
    ...[false, false, false],
  ]);
  assert.deepEqual(isRight("integer", "9", " -4 ", "9.5", "1e3", "01"), [
    ...[true, true],
    ...[false, false, false],
  ]);
  assert.deepEqual(isRight("boolean", "true", "yes"), [true, false]);
  assert.deepEqual(isRight("json", "[1]", "null", "[1"), [true, true, false]);
});

const field = (name, value = "", more = {}) => ({ name, value, type: "textarea", ...more });
const put = (kept, fields) => restored(kept, fields).map((pair) => [pair.field, pair.value]);

test("typed values return to fields of the same name, in order", () => {
  const [one, two] = [field("output-1"), field("output-1")];
  const kept = [
    ["output-1", "first"],
    ["output-1", "second"],
    ["output-2", "of a call that is no longer there"],
  ];
  assert.deepEqual(put(kept, [one, two]), [
    [one, "first"],
    [two, "second"],
  ]);
});

test("a choice returns to its radio button", () => {
  const [form, raw] = ["form", "raw"].map((value) => field("shape-1", value, { type: "radio" }));
  assert.deepEqual(put([["shape-1", "raw"]], [form, raw]), [[raw, "raw"]]);
});

test("a value that the server has just filled in stays", () => {
  const given = field("output-1", "from a mock", { given: true });
  assert.deepEqual(put([["output-1", "typed"]], [given]), []);
});

test("a field gets its text back only if its token is the same", () => {
  const kept = [
    ["token-1", "temp"],
    ["field-1", "9.5"],
    ["token-1", "wet"],
    ["field-1", "true"],
  ];
  const now = [
    field("token-1", "temp"),
    field("field-1"),
    field("token-1", "place"),
    field("field-1"),
  ];
  assert.deepEqual(put(kept, now), [[now[1], "9.5"]]);
});
