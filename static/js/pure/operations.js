// How a page carries out the operations of assistants_app/rendering/live.py.

/**
 * Return how to carry out an operation: the name of an htmx swap or a DOM insertion, or "text",
 * "code", "remove", "leave" or "nothing".
 *
 * `exists`: the page has the element. If it doesn't, the operation came too late and is skipped.
 * `grows`: the element is a block of text that the model is still writing.
 */
export function actionFor(op, { exists, grows = false }) {
  if (op === "gone") return "leave";
  if (op === "upsert") return exists ? "outerMorph" : "beforeend";
  if (!exists) return "nothing";
  if (op === "remove") return "remove";
  if (op === "append") return grows ? "code" : "text";
  if (op === "before") return "beforebegin";
  // Growing text contains nothing for htmx to process. Other content may have buttons.
  if (op === "inner") return grows ? "innerHTML" : "innerMorph";
  return "nothing";
}

/** Return whether `newest` is the first run in the run selector of the log's HTML. */
export function hasNewestRun(html, newest) {
  return html.split("<option")[1]?.includes(newest) ?? false;
}
