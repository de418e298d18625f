// Shows the status of the run outside of the thread's rows: marks the page title while the run
// waits for outputs, and sets aria-busy while it is active.

import { titleOf } from "../pure/text.js";

const WRITING = ["queued", "in_progress", "cancelling"];

export function showRunStatus() {
  const status = document.querySelector("[data-run-status]")?.dataset.runStatus;
  // Screen readers wait until a busy region is complete.
  document.getElementById("messages")?.setAttribute("aria-busy", String(WRITING.includes(status)));
  document.title = titleOf(document.title, status === "requires_action");
}

showRunStatus();
