// The list of messages. It stays scrolled to its end while somebody reads there; otherwise the
// button #follow shows that there is new text below.

const messages = document.getElementById("messages");
const follow = document.getElementById("follow");
let follows = true; // the reader is at the end, or will be
let top = 0; // where the end was
// Two answers are read from their beginning: until a person scrolls, the list stops at the head of
// the new one.
let newAnswer = document.getElementById("new-answer");
let isHeld = false; // a button of the mouse is down, or a finger: nothing may move away from it
const NEAR = 80; // pixels from the end that still count as being at the end

const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

// The page may show an earlier part of the thread (window.js).
const isAtThreadsEnd = () =>
  isAtEnd(messages) && document.getElementById("items").dataset.end !== "false";

/** Return whether the list stays at its end. */
export const isFollowing = () => follows;

/** Stay at what is read, and not at the end. */
export function leaveEnd() {
  follows = false;
}

/** Run `change()`. If it returns true, stay at the end or show that there is new text below. */
export async function followWhile(change) {
  // Somebody who scrolled up a moment ago. The event of that comes later.
  if (messages && messages.scrollTop < top) follows = isAtThreadsEnd();
  const hasChanged = await change();
  if (follows && !isHeld) stay();
  else if (hasChanged && follow && !follows) follow.hidden = isAtThreadsEnd();
}

/** Scroll to the end, and stay there while the reply is written. */
export function scrollToEnd() {
  newAnswer = null;
  stay();
}

function stay() {
  follows = true;
  if (follow) follow.hidden = true;
  if (!messages) return;
  if (newAnswer) newAnswer.scrollIntoView();
  else messages.scrollTop = messages.scrollHeight;
  top = messages.scrollTop;
  if (!newAnswer || isAtEnd(messages)) return;
  newAnswer = null;
  leaveEnd();
}

messages?.addEventListener(
  "scroll",
  () => {
    // Not after scrolling to the end: a picture may have made the list longer since then.
    if (messages.scrollTop !== top) {
      follows = isAtThreadsEnd();
      newAnswer = null;
    }
    if (follows) follow.hidden = true;
  },
  { passive: true },
);

function letGo() {
  isHeld = false;
  if (follows) stay();
}

// On the list itself it is the scroll bar, whose release no event reports.
messages?.addEventListener("pointerdown", ({ target }) => {
  isHeld = target !== messages;
});
for (const type of ["pointerup", "pointercancel", "pointermove"]) {
  addEventListener(type, ({ buttons }) => {
    // After the click, which is on the element that is there when the button comes up.
    if (isHeld && !buttons) setTimeout(letGo);
  });
}

// A picture takes its room when it has arrived.
messages?.addEventListener(
  "load",
  () => {
    if (follows && !isHeld) stay();
  },
  { capture: true },
);

// The composer takes its room from the list when it grows.
if (messages) {
  new ResizeObserver(() => {
    if (follows && !isHeld) stay();
  }).observe(messages);
}

// The browser waits for this before the first paint (blocking="render" on the script). A thread
// that scrolled to its end after the first paint measured as a layout shift of 0.147.
if (newAnswer) stay();
else if (document.querySelector("#main:is([data-message], [data-run], :not([data-thread]))"))
  leaveEnd();
else scrollToEnd();
