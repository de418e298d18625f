// #toasts shows one short message at a time.

import { onHtmx } from "../events.js";

const toasts = document.getElementById("toasts");
const SHOWN_FOR = 4000; // milliseconds
const UNDO_FOR = 20_000;

// What the server said about the last act, with its Undo.
setTimeout(() => toasts.replaceChildren(), UNDO_FOR);

/** Show a message. It disappears after a while, unless it is an error. */
export function toast(text, { isError = false } = {}) {
  const message = document.createElement("p");
  message.className = isError ? "banner err" : "banner";
  message.textContent = text;
  toasts.replaceChildren(message);
  if (!isError) setTimeout(() => message.remove(), SHOWN_FOR);
}

onHtmx("response:error", ({ ctx }) => {
  // Statuses 409 and 422 bring the form back with its errors. Other errors leave everything as it
  // was typed, and the toast says so.
  const { status, headers } = ctx.response;
  const isShown = [409, 422].includes(status) && headers.get("Content-Type")?.includes("html");
  // The draft is saved again by itself, and its state says so.
  if (!isShown && ctx.sourceElement?.id !== "assistant-form")
    toast(toasts.dataset.failed, { isError: true });
});
