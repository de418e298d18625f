// The part of a long thread that the page shows, and all changes of its rows, one after the other.
// #items says how many messages come `before` the part, the `total`, and if its `end` is the thread's.

import { afterSwap, on } from "../events.js";
import { announce } from "../shell/announce.js";
import { foldCards } from "./cards.js";
import { keepNodes } from "./growing.js";
import { leaveEnd, scrollToEnd } from "./message_list.js";

const MOST = 300; // messages on the page
const MESSAGE = "article.msg";
const byId = (id) => document.getElementById(id);
const [main, messages, items, range] = ["main", "messages", "items", "range"].map(byId);
const shown = () => [...items.querySelectorAll(`:scope > ${MESSAGE}`)];
const ends = () => [shown()[0]?.id, shown().at(-1)?.id];
const hasEnd = () => items.dataset.end !== "false";
const askForAll = () => document.dispatchEvent(new Event("thread:again"));

let queue = Promise.resolve();
let jump; // to the end, as soon as a whole frame has it

/** Call `work()`, which may be asynchronous, after all earlier changes. */
export function inTurn(work) {
  // A change that fails must not keep later ones from being made.
  queue = queue.then(work).catch((error) => console.error(error));
  return queue;
}

/** Swap `html` in as htmx does, and keep the nodes that stay the same. */
export async function swap(target, style, html) {
  const text = keepNodes(html);
  await htmx.swap({ sourceElement: main, target, swap: style, text, transition: false });
  foldCards(main); // a morph leaves them open
}

/** Show which part of the thread the page has, after a change or to set another one. */
export function setSpan(span) {
  const { before, total } = Object.assign(items.dataset, span);
  const count = shown().length;
  byId("earlier").hidden = !(before > 0);
  byId("later").hidden = hasEnd();
  range.hidden = !(count < total);
  if (range.hidden) return;
  byId("place").hidden = false;
  const values = { first: +before + 1, last: +before + count, total: +total };
  range.textContent = range.dataset.pattern
    .replace(/\w+(?=})/g, (name) => values[name].toLocaleString(document.documentElement.lang))
    .replace(/[{}]/g, "");
}

const count = (by) => (items.dataset.total = +items.dataset.total + by);

// --- loading -----------------------------------------------------------------------------------
async function load(place) {
  const answer = await fetch(`${main.dataset.part}?${new URLSearchParams(place)}`).catch(
    () => ({}),
  );
  if (answer.ok) return answer.json();
  announce(byId("earlier").dataset.failed);
  throw new Error(answer.status);
}

/** Change rows that nobody reads, while what is read stays where it is on the screen. */
function shift(change) {
  const { top } = messages.getBoundingClientRect();
  const bottomOf = (row) => row.getBoundingClientRect().bottom;
  const read = [...items.children].find((row) => bottomOf(row) > top);
  const place = read && bottomOf(read);
  messages.classList.add("shifting");
  messages.ariaLive = "off"; // a screen reader doesn't read it aloud as something new
  change();
  htmx.process(items);
  if (read?.isConnected) messages.scrollTop += bottomOf(read) - place;
  requestAnimationFrame(() => {
    messages.classList.remove("shifting");
    messages.ariaLive = null;
  });
}

function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children].filter(({ id }) => !byId(id));
}

// Each row between two messages belongs to the later one.
function trim(fromStart) {
  const all = shown();
  const surplus = Math.max(all.length - MOST, 0);
  const last = all[fromStart ? surplus - 1 : MOST - 1];
  const edge = fromStart ? "firstElementChild" : "lastElementChild";
  while (surplus && items[edge] !== last) items[edge].remove();
  if (surplus && fromStart) last.remove();
  return surplus;
}

async function extend(later) {
  const id = ends()[+later];
  const part = id && (await load({ [later ? "after" : "before"]: id }));
  return inTurn(() => {
    if (!part || ends()[+later] !== id) return; // changed in the meantime
    shift(() => {
      items[later ? "append" : "prepend"](...nodesOf(part.html));
      const gone = trim(later);
      if (later) part.before = +items.dataset.before + gone;
      else part.end = gone ? false : items.dataset.end;
    });
    setSpan(part);
    if (later && hasEnd()) askForAll(); // for what a model writes now
  });
}

const watch = new IntersectionObserver(
  async (entries) => {
    const { target } = entries.find((entry) => entry.isIntersecting) ?? {};
    if (!target) return;
    watch.unobserve(target);
    await extend(target.id === "later").catch(() => {});
    watch.observe(target); // reports it again if it is still near
  },
  { root: messages, rootMargin: "1000px 0px" },
);

async function show(place) {
  const part = await load(place);
  leaveEnd();
  return inTurn(() => {
    shift(() => items.replaceChildren(...nodesOf(part.html)));
    setSpan(part);
    if (part.end) askForAll();
  });
}

// --- moving ------------------------------------------------------------------------------------
/** Go to the end of the thread. */
export async function toEnd() {
  setUrl("");
  if (hasEnd()) return scrollToEnd();
  askForAll();
  jump ??= Promise.withResolvers();
  return jump.promise;
}

async function toStart() {
  if (items.dataset.before > 0) await show({});
  messages.scrollTop = 0;
}

/** Go to a message, wherever it is in the thread, and mark it. */
export async function goTo(id) {
  await reach(`#${id}`, { around: id });
  setUrl(id);
}

async function reach(selector, place) {
  if (!rowsOf(selector).length && !range.hidden) await show(place);
  mark(selector);
  rowsOf(selector)[0]?.scrollIntoView({ block: "nearest" });
}

const rowsOf = (selector) => items.querySelectorAll(`:scope > ${selector}`);

let marked = "[aria-current]"; // the selector of the marked rows; at first it finds none

function mark(selector) {
  marked = selector;
  for (const row of rowsOf("[aria-current]")) row.ariaCurrent = null;
  for (const row of rowsOf(selector)) row.ariaCurrent = "true";
}

function setUrl(id) {
  const url = new URL(location);
  if (id) url.searchParams.set("m", id);
  else url.searchParams.delete("m");
  history.replaceState(history.state, "", url);
}

// --- frames ------------------------------------------------------------------------------------
/** Return whether a new row belongs on the page. A message that doesn't is counted. */
export function takesNew(id) {
  if (/^msg_/.test(id) && id > (items.dataset.newest ?? ends()[1] ?? "")) {
    items.dataset.newest = id;
    count(1);
  }
  return hasEnd();
}

/** Count a message of the thread that was deleted. */
export function noteRemoved(id) {
  if (!/^msg_/.test(id) || !items.dataset.total) return;
  if (id < ends()[0]) items.dataset.before -= 1;
  count(-1);
}

/** Show the last rows of the thread, which a whole frame has. */
export async function showLast({ html, before, total }) {
  if (!hasEnd() && !jump) return refresh().catch(() => {});
  // Earlier rows stay, unless too many messages have come in the meantime to join the two.
  const at = [...items.children].findIndex(({ id }) => html.includes(`id="${id}"`));
  const kept = jump ? [] : [...items.children].slice(0, Math.max(at, 0));
  const text = kept.map((row) => row.outerHTML).join("") + html;
  if (items.innerHTML !== text) await swap(items, "innerMorph", text);
  mark(marked); // the server's rows have no mark
  const earlier = kept.filter((row) => row.matches(MESSAGE)).length;
  if (total !== undefined) setSpan({ before: before - earlier, total, end: true });
  if (jump) scrollToEnd();
  jump?.resolve();
  jump = undefined;
}

// Messages may have been changed or deleted while there was no connection.
async function refresh() {
  const [from, to] = ends();
  const part = await load({ from, to });
  if (ends().join() !== [from, to].join()) return;
  await swap(items, "innerMorph", part.html);
  mark(marked);
  setSpan(part);
}

// --- the page ----------------------------------------------------------------------------------
on("#follow, [data-go=last]", "click", toEnd);
on("[data-go=first]", "click", toStart);
// One's own message is in view, wherever one was reading.
on("#composer-form", "submit", toEnd);

const ofRun = (run) => `[data-run=${run}]`;
const goToRun = (run) => reach(ofRun(run), { run });
let { message, run: inLog } = main?.dataset ?? {};
let chosen = message; // the row whose steps are marked in the log

function markSteps() {
  for (const step of document.querySelectorAll("#run-log [data-of]")) {
    step.ariaCurrent = step.dataset.of.split(" ").includes(chosen) ? "true" : null;
  }
}

on("#items > *", "focusin", ({ id }) => {
  chosen = id;
  markSteps();
});

// Choosing a row of the thread shows its run in the log, and doesn't move the thread.
on("#items > [data-run]", "click", ({ id, dataset: { run } }, { target }) => {
  chosen = id;
  markSteps();
  const acts = target.closest("a, button, summary, input") || String(getSelection());
  const choices = byId("run-choice");
  const choice = choices?.querySelector(`[value*="${run}"]`);
  if (acts || !choice || choice.selected || !choices.checkVisibility()) return;
  inLog = run;
  mark(ofRun(run));
  htmx.ajax("GET", choice.value, { target: "#run-log" });
});

afterSwap(({ target, response }) => {
  const run = document.querySelector("[data-log-of]")?.dataset.logOf;
  markSteps();
  if (!response || target?.id !== "run-log" || run === inLog) return;
  inLog = run;
  goToRun(run);
});

if (range) {
  setSpan({});
  if (message) goTo(message);
  else if (inLog) goToRun(inLog);
  watch.observe(byId("earlier"));
  watch.observe(byId("later"));
}
