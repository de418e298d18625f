// The composer and its draft, which survives a reload and the end of the session.
//
// htmx replaces #composer after each message, so the box has to be looked up each time.

import { afterSwap, on, onHtmx } from "../events.js";
import { carryFiles, takeFiles } from "../files/carried.js";
import { draftKey, rowsFor, textAfter, typedSince } from "../pure/drafts.js";

const box = () => document.getElementById("composer-box");
let key = draftKey(new URL(location)); // of the draft in sessionStorage

// Browsers with field-sizing fit the box themselves; the others need the right number of rows. An
// inline height doesn't work: htmx copies attributes during a swap, and the page's content security
// policy blocks style attributes.
function fit() {
  box().rows = rowsFor(box().value);
}

/** Remove what was wrong with the message, or with the act before. */
export function forgetError() {
  document.getElementById("composer-error")?.remove();
  document.getElementById("repeat-error")?.replaceChildren();
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
  forgetError();
  fit();
  keepDraft();
});

on("[data-prompt]", "click", ({ dataset }) => {
  write(dataset.prompt);
  box().focus();
});

// The text of a waiting message that is cancelled is written on, unless there is another text.
on("[data-take-back]", "htmx:after:request", ({ dataset }, event) => {
  if (event.detail.ctx.response?.status !== 204 || box().value.trim()) return;
  write(dataset.takeBack);
  box().focus();
});

// --- sending -----------------------------------------------------------------------------------
let onTheWay = []; // requests without a response yet: the box starts with their texts

onHtmx("config:request", ({ ctx }, event) => {
  if (ctx.sourceElement.id !== "composer-form") return;
  ctx.sent = onTheWay.reduce((text, { sent }) => typedSince(sent, text), box().value);
  // A key that is pressed twice sends once. The first message makes the thread, so the next one
  // waits in the box for the thread's page.
  const hasThread = document.getElementById("main").dataset.thread;
  if (onTheWay.length && !(hasThread && ctx.sent.trim())) return event.preventDefault();
  ctx.request.body.set("content", ctx.sent);
  takeFiles(ctx);
  onTheWay.push(ctx);
});

// The response to an earlier message has replaced the composer.
onHtmx("before:request", ({ ctx }) => {
  if (onTheWay.includes(ctx)) ctx.target = document.getElementById("composer");
});

// Copy what was written during the request into the new composer. This has to happen before the
// swap: other swaps and key presses can come between the swap and htmx:after:swap.
onHtmx("before:swap", ({ ctx, tasks }) => {
  const next = onTheWay.includes(ctx) && tasks[0]?.fragment.querySelector("#composer-box");
  if (!next || !box()) return;
  next.value = textAfter(ctx.response.status, ctx.sent, box().value);
  carryFiles(box().form, next.form);
});

onHtmx("finally:request", ({ ctx }) => {
  if (ctx.hx?.redirect) return; // the page is about to go
  onTheWay = onTheWay.filter((other) => other !== ctx);
});

afterSwap(() => {
  if (!box()) return;
  keepDraft();
  fit();
});

onHtmx("after:request", ({ ctx: { hx, sent, sourceElement } }) => {
  if (!box() || (sent === undefined && !sourceElement.closest("#composer"))) return;
  const repeats = sourceElement.matches("[data-act=repeat]");
  if (repeats && !hx.redirect) sourceElement.disabled = false;
  if (hx.redirect) {
    // The first message leads to the page of the new thread. Text typed since belongs there.
    sessionStorage.removeItem(key);
    key = draftKey(new URL(hx.redirect, location));
    if (!repeats) box().value = typedSince(sent, box().value);
    keepDraft();
  }
  if (!repeats) box().focus(); // to write the next message
});

// Once, even if the key is pressed twice while the draft is saved.
on("[data-act=repeat]", "click", (button) => setTimeout(() => (button.disabled = true)));
