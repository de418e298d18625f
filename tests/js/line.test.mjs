// The connection: order of frames, operations, delays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { actionFor, hasNewestRun } from "../../static/js/pure/operations.js";
import {
  delayAfter,
  firstDelay,
  reconnectOptions,
  secondsUntil,
} from "../../static/js/pure/retry.js";
import { isAfter, isNews } from "../../static/js/pure/sequence.js";

test("sequence numbers are compared as numbers: milliseconds, then counter", () => {
  assert.ok(isAfter("1700000000001-0", "1700000000000-9"));
  assert.ok(isAfter("1700000000000-10", "1700000000000-9"));
  assert.ok(isAfter("10-0", "9-0"));
  assert.ok(!isAfter("9-0", "10-0"));
  assert.ok(!isAfter("5-1", "5-2"));
  assert.ok(!isAfter("5-1", "5-1"));
});

test("a frame is applied once, a whole frame always", () => {
  assert.ok(isNews({ seq: "5-1" }, "5-0"));
  assert.ok(!isNews({ seq: "5-0" }, "5-0"));
  assert.ok(!isNews({ seq: "4-9" }, "5-0"));
  assert.ok(isNews({ seq: "0-0", whole: true }, "5-0"));
  assert.equal(isNews({ seq: "5-0", whole: false }, "5-0"), false);
});

test("operations on an element that exists", () => {
  const there = { exists: true };
  assert.equal(actionFor("remove", there), "remove");
  assert.equal(actionFor("append", there), "text");
  assert.equal(actionFor("append", { exists: true, grows: true }), "code");
  assert.equal(actionFor("before", there), "beforebegin");
  assert.equal(actionFor("inner", there), "innerMorph");
  assert.equal(actionFor("inner", { exists: true, grows: true }), "innerHTML");
  assert.equal(actionFor("upsert", there), "outerMorph");
  assert.equal(actionFor("of a newer server", there), "nothing");
});

test("without its element, an operation is skipped or adds a row", () => {
  for (const op of ["remove", "append", "before", "inner"]) {
    assert.equal(actionFor(op, { exists: false }), "nothing", op);
  }
  assert.equal(actionFor("upsert", { exists: false }), "beforeend");
  assert.equal(actionFor("gone", { exists: false }), "leave");
});

test("the newest run is the first option in the log", () => {
  const log = `<select><option value="/runs/run_2/">2</option><option value="/runs/run_1/">`;
  assert.ok(hasNewestRun(log, "/runs/run_2/"));
  assert.ok(!hasNewestRun(log, "/runs/run_1/"));
  assert.equal(hasNewestRun("<p>No runs</p>", "/runs/run_1/"), false);
});

test("the delay starts at random, doubles, and is limited", () => {
  assert.equal(firstDelay(0), 350);
  assert.equal(firstDelay(1), 650);
  assert.deepEqual(
    [0, 1, 2, 10].map((attempt) => delayAfter(attempt, 500)),
    [500, 1000, 2000, 15_000],
  );
  const options = reconnectOptions(500);
  assert.equal(options.reconnectDelay, 500);
  assert.equal(options.reconnectMaxDelay, delayAfter(100, 500));
  assert.equal(options.reconnectJitter, 0);
});

test("the countdown ends at 0", () => {
  assert.equal(secondsUntil(2000, 500), 2);
  assert.equal(secondsUntil(2000, 2000), 0);
  assert.equal(secondsUntil(0, 2000), 0);
});
