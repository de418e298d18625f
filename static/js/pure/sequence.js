// Sequence numbers of frames: `milliseconds-counter`, the ids of Redis streams.

const parts = (seq) => seq.split("-").map(Number);

export function isAfter(a, b) {
  const [milliseconds, counter] = parts(a);
  const [otherMilliseconds, otherCounter] = parts(b);
  if (milliseconds !== otherMilliseconds) return milliseconds > otherMilliseconds;
  return counter > otherCounter;
}

/** Return whether a page that shows everything up to `lastSeq` has to apply the frame. */
export function isNews(frame, lastSeq) {
  // A whole frame, such as the first one of a connection, replaces the entire state of the page, so
  // its number does not matter.
  return Boolean(frame.whole) || isAfter(frame.seq, lastSeq);
}
