// #messages, which is kept at its end while somebody reads there, and #follow, the button that says
// that there is more below.

const messages = document.getElementById("messages");
const follow = document.getElementById("follow");
const NEAR = 80; // pixels from the end that still count as "reading the end"

/** Whether a box that scrolls is at its end. */
export const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

/** Run `change`, and keep its reader at the end of the messages, or say that there is more. */
export async function followWhile(change) {
  const wasAtEnd = !messages || isAtEnd(messages);
  const hasChanged = await change();
  if (wasAtEnd) scrollToEnd();
  else if (hasChanged && follow) follow.hidden = false;
}

function scrollToEnd() {
  if (messages) messages.scrollTop = messages.scrollHeight;
  if (follow) follow.hidden = true;
}

messages?.addEventListener(
  "scroll",
  () => {
    if (follow && isAtEnd(messages)) follow.hidden = true;
  },
  { passive: true },
);
follow?.addEventListener("click", scrollToEnd);

// The page is not painted before this has run (blocking="render" in its HTML): a thread that scrolled
// to its end after the first paint was a layout shift of 0.147.
scrollToEnd();
