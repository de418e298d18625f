// What the server's operations (assistants_app/rendering/live.py) mean for a page.

/**
 * Return what to do with the element of an operation: a kind of htmx swap or of DOM insertion,
 * "text", "remove", "leave" or "nothing". `grows`: the element is a block of text that is still
 * being written. A late operation finds no element and does no harm.
 */
export function actionFor(op, { exists, grows = false }) {
  if (op === "gone") return "leave";
  if (op === "upsert") return exists ? "outerMorph" : "beforeend";
  if (!exists) return "nothing";
  if (op === "remove") return "remove";
  if (op === "append") return "text";
  if (op === "before") return "beforebegin";
  // Text that grows has nothing for htmx to wire up; everything else may have buttons.
  if (op === "inner") return grows ? "innerHTML" : "innerMorph";
  return "nothing";
}

/**
 * Return whether the newest run in the log that the server sends is still `newest`, the value of
 * the first option in the choice of runs.
 */
export function hasNewestRun(html, newest) {
  return html.split("<option")[1]?.includes(newest) ?? false;
}
