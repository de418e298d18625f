// Panels, uploads, bars and columns.

import assert from "node:assert/strict";
import { test } from "node:test";

import { barOn, stackedColumns } from "../../static/js/pure/geometry.js";
import { allowedWidth, growthOf, namesIn, toggled } from "../../static/js/pure/panels.js";
import { isHidden, refusal, takesFiles } from "../../static/js/pure/uploads.js";

test("the width of a panel is limited", () => {
  assert.equal(allowedWidth("list", 300.4), 300);
  assert.equal(allowedWidth("list", 1), 176);
  assert.equal(allowedWidth("list", 9999), 420);
});

test("a panel grows away from its fixed side in both text directions", () => {
  assert.deepEqual([growthOf("list", ""), growthOf("logs", "")], [1, -1]);
  assert.deepEqual([growthOf("list", "rtl"), growthOf("logs", "rtl")], [-1, 1]);
});

test("the hidden panels are a list of names", () => {
  assert.deepEqual([...namesIn(undefined)], []);
  assert.deepEqual([...namesIn("list logs")], ["list", "logs"]);
  assert.equal(toggled("", "logs"), "logs");
  assert.equal(toggled("logs", "list"), "logs list");
  assert.equal(toggled("logs list", "logs"), "list");
});

test("files are refused if there are too many or one is too large", () => {
  const limits = { most: 10, largest: 512 };
  assert.equal(refusal({ ...limits, held: 9, size: 512 }), undefined);
  assert.equal(refusal({ ...limits, held: 10, size: 1 }), "tooMany");
  assert.equal(refusal({ ...limits, held: 0, size: 513 }), "tooLarge");
  assert.ok(isHidden(".git"));
  assert.ok(!isHidden("notes.txt"));
});

test("pasting adds files only if they are more than a picture of the text", () => {
  const clipboard = { text: "", html: "", names: [] };
  const takes = (more) => takesFiles({ ...clipboard, ...more });
  assert.equal(takes({ text: "hello" }), false);
  assert.equal(takes({ names: ["image.png"] }), true); // a screenshot
  assert.equal(takes({ names: ["image.png"], html: "<img>" }), true); // a picture of a page
  const cells = { text: "a\t1\r\nb\t2", html: "<table>", names: ["image.png"] };
  assert.equal(takes(cells), false);
  assert.equal(takes({ ...cells, html: "" }), false);
  assert.equal(takes({ ...cells, text: "image.png" }), false); // a cell with this text
  // File managers put the names or the paths of copied files beside them.
  const names = ["a b.csv", "図.png"];
  assert.equal(takes({ names, text: "a b.csv\n図.png" }), true);
  assert.equal(takes({ names, text: "/home/me/a b.csv\n/home/me/図.png\n" }), true);
  assert.equal(takes({ names, text: "see a b.csv\nand more" }), false);
});

test("a bar ends at its end or now, and is never too narrow to see", () => {
  assert.deepEqual(barOn(10, 2, 7), { x: 20, width: 50 });
  assert.deepEqual(barOn(10, 5), { x: 50, width: 50 });
  assert.deepEqual(barOn(10, "5", undefined), { x: 50, width: 50 }); // as attributes of the HTML
  assert.equal(barOn(1000, 2, 2).width, 1);
});

test("prompt tokens are stacked on completion tokens", () => {
  const data = { prompt: [10, 20], completion: [1, 2], runs: [3, 4] };
  assert.deepEqual(stackedColumns(data, ["prompt", "completion"]), [
    [11, 22],
    [1, 2],
  ]);
  assert.deepEqual(stackedColumns(data, ["runs"]), [[3, 4]]);
});

test("a picture, sound or film is refused where only text is read, before it is sent", () => {
  const limits = { held: 0, most: 9, size: 1, largest: 9, unread: "png mp4" };
  for (const name of ["a.png", "A.PNG", "b.tar.mp4", ".png"]) {
    assert.equal(refusal({ ...limits, name }), "notText", name);
  }
  for (const name of ["a.md", "png", "a.png.md", "a.", "a.zzz"]) {
    assert.equal(refusal({ ...limits, name }), undefined, name);
  }
  assert.equal(refusal({ ...limits, unread: undefined, name: "a.png" }), undefined);
  assert.equal(refusal({ ...limits, size: 10, name: "a.png" }), "tooLarge");
});
