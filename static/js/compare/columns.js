// Applies frames to the lanes of a comparison, which are the threads of its columns. A frame is a list
// of operations from assistants_app/rendering/threads/live.py, for one lane. Each frame is applied
// once, and only after the one before it.

import { actionFor } from "../pure/operations.js";
import { isNews } from "../pure/sequence.js";
import { announce } from "../shell/announce.js";
import { foldCards } from "../threads/cards.js";
import { bodyOf, finish, growCode, keepNodes, showBody, showGrowing } from "../threads/growing.js";

const columns = document.getElementById("compare");
const state = document.getElementById("compare-state");
const REFRESH_AFTER = 150; // milliseconds, so that several lanes that end together cost one request
const NEAR = 60; // pixels from the end that still count as being at the end

const laneOf = (key) => columns.querySelector(`[data-lane="${CSS.escape(key)}"]`);

/** Return the positions that the lanes show, as `after` of a request has them. */
export function shown() {
  const lanes = [...columns.querySelectorAll("[data-lane]")];
  return lanes.map(({ dataset: { lane, seq } }) => ["after", `${lane}:${seq || "0-0"}`]);
}

let queue = Promise.resolve();

/** Apply the frame after all earlier ones. */
export function receive(frame) {
  // A change that fails must not keep later ones from being made.
  queue = queue.then(() => take(frame)).catch((error) => console.error(error));
  return queue;
}

async function take(frame) {
  const lane = laneOf(frame.lane);
  if (!lane || !isNews(frame, lane.dataset.seq || "0-0")) return;
  lane.dataset.seq = frame.seq;
  const box = lane.closest(".compare-scroll");
  const follows = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  for (const operation of frame.ops) await apply(lane, operation);
  if (follows) box.scrollTop = box.scrollHeight;
}

async function apply(lane, operation) {
  const { op, id, into, html, text } = operation;
  if (op === "state") return refreshSoon();
  if (op === "gone")
    return refreshSoon(() => lane.querySelector(".compare-items").replaceChildren());
  const element = document.getElementById(id) ?? bodyOf(id);
  const grows = Boolean(element) && element.id !== id; // it is the body of a growing message
  const action = actionFor(op, { exists: Boolean(element), grows });
  if (action === "remove") element.remove();
  else if (action === "text") element.append(text);
  else if (action === "code") growCode(element, text);
  else if (action === "beforebegin") finish(element, html);
  else if (action === "innerHTML") showGrowing(element, html);
  else if (action === "innerMorph" && element.matches(".body")) showBody(element, html);
  else if (action === "innerMorph" && element.innerHTML !== html) await swap(element, action, html);
  else if (action === "outerMorph") await swap(element, action, html);
  else if (action === "beforeend") await swap(document.getElementById(into), action, html);
}

async function swap(target, style, html) {
  const text = keepNodes(html);
  await htmx.swap({ sourceElement: columns, target, swap: style, text, transition: false });
  foldCards(target); // a morph leaves them open
}

// --- what each page loads itself ---------------------------------------------------------------
let timer;

/** Load the heads, calls and votes again, which depend on who looks. */
export function refreshSoon(before = () => {}) {
  before();
  timer ??= setTimeout(() => {
    timer = undefined;
    htmx.trigger(state, "refresh");
  }, REFRESH_AFTER);
}

let busy = new Set();

/** Say which columns have answered since the last call. */
export function announceAnswers() {
  const now = new Set(
    [...columns.querySelectorAll(".compare-column")]
      .filter((column) => column.querySelector(".compare-status"))
      .map((column) => column.dataset.letter),
  );
  const done = [...busy].filter((letter) => !now.has(letter));
  busy = now;
  if (!done.length) return;
  announce(done.map((letter) => columns.dataset.answered.replace("{letter}", letter)).join(" "));
}
announceAnswers();
