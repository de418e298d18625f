// What the page says of its run outside the thread: a mark in the title while the run waits for the
// reader, and whether the messages are still being written.

import { titleOf } from "../pure/text.js";

const WRITING = ["queued", "in_progress", "cancelling"];

export function showRunStatus() {
  const status = document.querySelector("[data-run-status]")?.dataset.runStatus;
  // A screen reader waits with a busy region until all of it is there.
  document.getElementById("messages")?.setAttribute("aria-busy", String(WRITING.includes(status)));
  document.title = titleOf(document.title, status === "requires_action");
}

showRunStatus();
