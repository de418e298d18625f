// Shows the status of the run outside of the thread's rows: marks the page title while the run
// waits for outputs, and sets aria-busy while it is active.

import { titleOf } from "../pure/text.js";
import { revealLog } from "../shell/panels.js";
import { forgetError } from "./composer.js";

const FAILED = ["failed", "expired", "incomplete"];
const WRITING = ["queued", "in_progress", "cancelling"];

let last; // the status that the page has shown

export function showRunStatus() {
  const status = document.querySelector("[data-run-status]")?.dataset.runStatus;
  // Screen readers wait until a busy region is complete.
  document.getElementById("messages")?.setAttribute("aria-busy", String(WRITING.includes(status)));
  if (last && last !== status) forgetError();
  if (last && last !== status && FAILED.includes(status)) revealLog();
  const answers = last !== status && document.getElementById("answers");
  if (last && answers) htmx.trigger(answers, "refresh");
  last = status ?? "none";
  document.title = titleOf(document.title, status === "requires_action");
}

showRunStatus();
