// Applies frames to the open thread. A frame is a list of operations on the page, from
// assistants_app/rendering/live.py. Each frame is applied once, and only after the one before it.

import { actionFor } from "../pure/operations.js";
import { isNews } from "../pure/sequence.js";
import { keepsChosenRun } from "../runs/run_log.js";
import { announce } from "../shell/announce.js";
import { bodyOf, finish, growCode, showBody, showGrowing } from "./growing.js";
import { followWhile } from "./message_list.js";
import { showRunStatus } from "./run_status.js";
import { inTurn, noteRemoved, showLast, setSpan, swap, takesNew } from "./window.js";

const main = document.getElementById("main");
let seq = main?.dataset.seq ?? "0-0"; // the HTML shows everything up to this number

/** Return the number of the last frame that the page shows. */
export const lastSeq = () => seq;

/** Apply the frame that `read()` returns or resolves to, after all earlier frames. */
export const receive = (read) => inTurn(async () => take(await read()));

async function take(frame) {
  if (!isNews(frame, seq)) return;
  seq = frame.seq;
  await followWhile(async () => {
    for (const operation of frame.ops) await apply(operation);
    setSpan({});
    return frame.ops.length > 0;
  });
  showRunStatus();
  if (frame.announce) announce(frame.announce);
}

async function apply(operation) {
  const { op, id, into, html, text } = operation;
  if (id === "items") return showLast(operation);
  if (op === "remove") noteRemoved(id);
  const element = document.getElementById(id) ?? bodyOf(id);
  if (id === "run-log" && keepsChosenRun(element, html)) return;
  const grows = Boolean(element) && element.id !== id; // it is the body of a growing message
  if (!element && into === "items" && !takesNew(id)) return;
  const action = actionFor(op, { exists: Boolean(element), grows });
  if (action === "leave") location.assign(location.pathname);
  else if (action === "remove") element.remove();
  else if (action === "text") element.append(text);
  else if (action === "code") growCode(element, text);
  else if (action === "beforebegin") finish(element, html);
  else if (action === "innerHTML") showGrowing(element, html);
  else if (action === "innerMorph" && element.matches(".body")) showBody(element, html);
  else if (action === "innerMorph" && element.innerHTML !== html) await swap(element, action, html);
  else if (action === "outerMorph") await swap(element, action, html);
  else if (action === "beforeend") await swap(document.getElementById(into), action, html);
}
