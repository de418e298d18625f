// What somebody has typed into the composer and not sent yet.

/** Return the key under which the draft of the page at `url` is kept. */
export function draftKey({ pathname, searchParams }) {
  return `draft:${pathname}${searchParams.get("t") ?? ""}`;
}

/** Return what was typed since `sent` was sent; all of it, if the text was changed otherwise. */
export function typedSince(sent, typed) {
  return typed.startsWith(sent) ? typed.slice(sent.length) : typed;
}

/** Return what stays in the box after the server's answer: all of it, unless it took the message. */
export function textAfter(status, sent, typed) {
  return status === 200 ? typedSince(sent, typed) : typed;
}

/** Return the height of the box, in rows. */
export function rowsFor(text) {
  return Math.min(Math.max(text.split("\n").length, 2), 12);
}
