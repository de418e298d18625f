// The list of messages. It stays scrolled to its end while somebody reads there; otherwise the
// button #follow shows that there is new text below.

const messages = document.getElementById("messages");
const follow = document.getElementById("follow");
const NEAR = 80; // pixels from the end that still count as being at the end

/** Return whether a box is scrolled to its end. */
export const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

/** Run `change()`. If it returns true, stay at the end or show that there is new text below. */
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

// The browser waits for this before the first paint (blocking="render" on the script). A thread
// that scrolled to its end after the first paint measured as a layout shift of 0.147.
scrollToEnd();
