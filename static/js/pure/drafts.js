// Text in the composer that has not been sent.

/** Return the storage key of the draft for the page at `url`: one per thread. */
export function draftKey({ pathname, searchParams }) {
  return `draft:${pathname}${searchParams.get("t") ?? ""}`;
}

/** Return the text typed after `sent`, or all of `typed` if it no longer starts with `sent`. */
export function typedSince(sent, typed) {
  return typed.startsWith(sent) ? typed.slice(sent.length) : typed;
}

/** Return the text to leave in the box: all of it, unless the server accepted the message. */
export function textAfter(status, sent, typed) {
  return status === 200 ? typedSince(sent, typed) : typed;
}

/** Return the number of rows the box needs. */
export function rowsFor(text) {
  return Math.min(Math.max(text.split("\n").length, 2), 12);
}
