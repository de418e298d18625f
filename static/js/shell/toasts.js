// #toasts shows one short message at a time, above those that can still be undone.

import { on, onHtmx } from "../events.js";

const toasts = document.getElementById("toasts");
const SHOWN_FOR = 4000; // milliseconds
const UNDO_FOR = 20_000;

function removeIn(message, after) {
  setTimeout(() => {
    if (message.matches(":hover, :focus-within")) removeIn(message, SHOWN_FOR);
    else message.remove();
  }, after);
}

// What the server said about the last act.
for (const message of toasts.children) {
  removeIn(message, message.querySelector("form") ? UNDO_FOR : SHOWN_FOR);
}

/** Show a message, with a button for `undo()`. It disappears after a while, unless it is an error. */
export function toast(text, { isError = false, undo } = {}) {
  const message = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  message.classList.toggle("err", isError);
  message.firstElementChild.textContent = text;
  const button = message.querySelector("[data-undo]");
  if (undo) {
    button.onclick = () => {
      message.remove();
      undo();
    };
  } else button.remove();
  for (const old of toasts.children) if (!old.querySelector("[data-undo]")) old.remove();
  toasts.prepend(message);
  if (!isError) removeIn(message, undo ? UNDO_FOR : SHOWN_FOR);
}

on("[data-dismiss]", "click", (button) => button.parentElement.remove());

// The draft is saved again by itself, and its state says so.
function sayItFailed({ sourceElement, response, text }) {
  if (sourceElement?.id === "assistant-form" && response?.status !== 422) return;
  const { failed, away, full } = toasts.dataset;
  // A refusal in plain text says who has the right, or what is wrong with a field.
  const isRefusal = response?.headers.get("Content-Type") === "text/plain";
  const refusal = isRefusal ? text : failed;
  const said = { 403: refusal, 422: refusal, 503: away, 507: full }[response?.status];
  toast(said ?? failed, { isError: true });
}

onHtmx("response:error", ({ ctx }) => {
  // Statuses 409 and 422 bring the form back with its errors. Other errors leave everything as it
  // was typed, and the toast says so.
  const { status, headers } = ctx.response;
  const isShown = [409, 422].includes(status) && headers.get("Content-Type")?.includes("html");
  if (!isShown) sayItFailed(ctx);
});

// The server can't be reached.
onHtmx("error", ({ ctx }) => {
  if (ctx?.request.method === "POST" && !ctx.response) sayItFailed(ctx);
});
