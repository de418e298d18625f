// What is pressed twice before the answer is asked once, and what is typed meanwhile is kept.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

const script = readFileSync(
  new URL("../../static/js/forms/under_way.js", import.meta.url),
  "utf-8",
);
const soon = () => new Promise((resolve) => setTimeout(resolve));

/** Return a page with the script, on which forms are sent and htmx sends requests. */
function open(fields = []) {
  const document = Object.assign(new EventTarget(), { querySelectorAll: () => fields });
  const window = new EventTarget();
  const addEventListener = window.addEventListener.bind(window);
  runInContext(script, createContext({ Event, File, addEventListener, document, setTimeout }));
  const tell = (type, detail) => {
    const event = Object.assign(new Event(type, { cancelable: true }), { detail });
    document.dispatchEvent(event);
    return !event.defaultPrevented;
  };
  return {
    document,
    /** Send a form, and return whether the browser does it. */
    async send({ method = "post", downloads = false, at = 1000 } = {}) {
      const event = new Event("submit", { cancelable: true });
      const submitter = { closest: () => downloads || null };
      const fields = { target: { method }, submitter, timeStamp: at };
      for (const [name, value] of Object.entries(fields)) {
        Object.defineProperty(event, name, { value });
      }
      document.dispatchEvent(event);
      await soon();
      return !event.defaultPrevented;
    },
    /** Press a button of htmx, and return its request, or undefined if it is kept back. */
    ask(body, { action = "/run/", isQueued = false, type = "click" } = {}) {
      const request = { action, body: Object.entries(body), method: "POST" };
      const ctx = { request, sourceEvent: { type } };
      if (!tell("htmx:config:request", { ctx })) return undefined;
      if (!isQueued) tell("htmx:before:request", { ctx });
      return ctx;
    },
    /** Swap a response with these fields, and return whether that happens. */
    swap(ctx, next = [], target = undefined) {
      const getElementById = (wanted) => next.find(({ id }) => id === wanted) ?? null;
      const fragment = { childElementCount: next.length, getElementById };
      if (!tell("htmx:before:swap", { ctx, tasks: [{ fragment, target }] })) return false;
      tell("htmx:after:swap", { ctx });
      return true;
    },
    begin: (ctx) => tell("htmx:before:request", { ctx }),
    async answer(ctx, hx = {}) {
      tell("htmx:finally:request", { ctx: Object.assign(ctx, { hx }) });
      await soon();
    },
    back: () => window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })),
  };
}

test("a form is sent once until its page goes, and so are all others", async () => {
  const page = open();
  assert.ok(await page.send());
  assert.ok(!(await page.send({ at: 7000 })));
  assert.ok(await page.send({ method: "get" }));
  page.back();
  assert.ok(await page.send({ at: 8000 }));
});

test("a form can be sent again after somebody has stopped it, or if a script sends it", async () => {
  const page = open();
  assert.ok(await page.send());
  assert.ok(await page.send({ at: 40_000 }));
  const other = open();
  other.document.addEventListener("submit", (event) => event.preventDefault(), { once: true });
  assert.ok(!(await other.send()));
  assert.ok(await other.send());
});

test("downloads can be repeated at once", async () => {
  const page = open();
  assert.ok(await page.send({ downloads: true }));
  assert.ok(await page.send({ downloads: true }));
  assert.ok(await page.send());
});

test("htmx sends the same request again after the answer", async () => {
  const page = open();
  const first = page.ask({ text: "a" });
  assert.ok(first);
  assert.equal(page.ask({ text: "a" }), undefined);
  assert.ok(page.ask({ text: "a" }, { action: "/other/" }));
  await page.answer(first);
  assert.ok(page.ask({ text: "a" }));
});

test("htmx sends what has changed, also if it changes back", () => {
  const page = open();
  assert.ok(page.ask({ text: "a" }));
  assert.ok(page.ask({ text: "b" }, { isQueued: true }));
  assert.equal(page.ask({ text: "b" }), undefined);
  assert.ok(page.ask({ text: "a" }, { isQueued: true }));
});

test("files are compared by what they are", () => {
  const page = open();
  const named = (name) => ({ file: new File(["1"], name, { lastModified: 1 }) });
  assert.ok(page.ask(named("one.txt")));
  assert.equal(page.ask(named("one.txt")), undefined);
  assert.ok(page.ask(named("two.txt")));
});

test("only presses are kept back, not what happens by itself", () => {
  const page = open();
  assert.ok(page.ask({}, { type: "input" }));
  assert.ok(page.ask({}, { type: "input" }));
});

test("a request that waits for another one is asked once, too", async () => {
  const page = open();
  const saving = page.ask({}, { action: "/draft/", type: "input" });
  const run = page.ask({}, { isQueued: true });
  const other = page.ask({}, { action: "/other/" });
  await page.answer(other);
  assert.equal(page.ask({}), undefined);
  page.answer(saving);
  page.begin(run);
  await soon();
  assert.equal(page.ask({}), undefined);
});

test("a request that htmx has dropped can be asked again later", async () => {
  const page = open();
  const first = page.ask({ text: "a" });
  page.ask({ text: "b" }, { isQueued: true });
  await page.answer(first);
  assert.ok(page.ask({ text: "b" }));
});

test("nothing is asked again on a page that is about to go", async () => {
  const page = open();
  const first = page.ask({});
  await page.answer(first, { redirect: "/p/1/" });
  assert.equal(page.ask({}), undefined);
  page.back();
  assert.ok(page.ask({}));
});

const field = (value, more = {}) => ({ id: "f", type: "text", value, isConnected: true, ...more });

test("what is typed meanwhile gets into the fields of the response", () => {
  const [text, other, box] = [field("a"), field("b", { id: "g" }), { id: "h", type: "checkbox" }];
  Object.assign(box, { checked: false, isConnected: true });
  const page = open([text, other, box]);
  const ctx = page.ask({});
  [text.value, box.checked] = ["a and more", true];
  const next = [field("a"), field("corrected", { id: "g" }), { ...box, checked: false }];
  assert.ok(page.swap(ctx, next));
  assert.deepEqual(
    [next[0].value, next[1].value, next[2].checked],
    ["a and more", "corrected", true],
  );
});

test("a field that the response empties keeps only what was typed since", () => {
  const form = { matches: () => false };
  const text = field("a", { form });
  const page = open([text]);
  const ctx = Object.assign(page.ask({}), { sourceElement: form });
  text.value = "a and more";
  const next = [field("")];
  page.swap(ctx, next);
  assert.equal(next[0].value, " and more");
});

test("a field that a morph fills in again keeps what was typed", () => {
  const text = field("a");
  const page = open([text]);
  const ctx = page.ask({});
  text.value = "a and more";
  page.document.addEventListener("htmx:before:swap", () => (text.value = "a"));
  page.swap(ctx, []);
  assert.equal(text.value, "a and more");
});

test("a form that its answer closes stays open for what was typed since", () => {
  for (const [adds, left] of [
    [true, " and more"],
    [false, "a and more"],
  ]) {
    const form = { matches: () => adds };
    const said = [];
    const text = field("a", { form, dispatchEvent: ({ type }) => said.push(type) });
    const page = open([text]);
    const place = { contains: (element) => element === form };
    assert.ok(page.swap(Object.assign(page.ask({ a: "1" }), { sourceElement: form }), [], place));
    const ctx = Object.assign(page.ask({}), { sourceElement: form });
    text.value = "a and more";
    assert.ok(!page.swap(ctx, [], place));
    assert.deepEqual([text.value, said], [left, ["input"]]);
  }
});
