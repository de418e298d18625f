// Modules in static/js/pure use neither the page nor the clock.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const folder = new URL("../../static/js/pure/", import.meta.url);
const PAGE =
  /\b(document|window|location|localStorage|sessionStorage|htmx|setTimeout|Date|Math\.random)\b/;

for (const name of await readdir(folder)) {
  test(`${name} uses neither the page nor the clock`, async () => {
    const source = await readFile(new URL(name, folder), "utf8");
    const code = source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(code, PAGE);
    assert.doesNotMatch(code, /from "\.\./);
    await import(new URL(name, folder));
  });
}
