// The composer, and the draft in it, which outlives reloads and the end of a session.
//
// htmx replaces #composer after each message, so its box is looked up each time.

import { afterSwap, on, onHtmx } from "../events.js";
import { draftKey, rowsFor, textAfter, typedSince } from "../pure/drafts.js";

const box = () => document.getElementById("composer-box");
let key = draftKey(new URL(location)); // where in sessionStorage the draft is

// Browsers with field-sizing fit the box by themselves. For others its rows are set: an inline height
// would be no way, since htmx copies attributes when it swaps and the page's policy bars styles.
function fit() {
  box().rows = rowsFor(box().value);
}

function keepDraft() {
  if (box()?.value) sessionStorage.setItem(key, box().value);
  else sessionStorage.removeItem(key);
}

function write(text) {
  box().value = text;
  keepDraft();
  fit();
}

if (box()) {
  if (!box().value) box().value = sessionStorage.getItem(key) ?? "";
  fit();
}

on("#composer-box", "input", () => {
  fit();
  keepDraft();
});

on("[data-prompt]", "click", ({ dataset }) => {
  write(dataset.prompt);
  box().focus();
});

// --- a message is sent -------------------------------------------------------------------------
onHtmx("before:request", ({ ctx }) => {
  ctx.sent = box()?.value;
});

// What was typed while the message was on its way goes over into the new box, before the swap: htmx
// lets other swaps, and keys, in between a swap and the event after it.
onHtmx("before:swap", ({ ctx, tasks }) => {
  const next = ctx.target?.id === "composer" && tasks[0]?.fragment.querySelector("#composer-box");
  if (next && box()) next.value = textAfter(ctx.response.status, ctx.sent, box().value);
});

afterSwap(() => {
  if (!box()) return;
  keepDraft();
  fit();
});

on("#composer", "htmx:after:request", (_composer, event) => {
  if (!box()) return;
  const { hx, sent } = event.detail.ctx;
  if (hx.redirect) {
    // A new thread, whose page comes. What was typed since belongs there.
    sessionStorage.removeItem(key);
    key = draftKey(new URL(hx.redirect, location));
    box().value = typedSince(sent, box().value);
    keepDraft();
  }
  box().focus(); // the reader goes on writing
});
