// Numbers of frames: `milliseconds-counter`, as the event log gives them (Redis streams).

const parts = (seq) => seq.split("-").map(Number);

export function isAfter(a, b) {
  const [milliseconds, counter] = parts(a);
  const [otherMilliseconds, otherCounter] = parts(b);
  if (milliseconds !== otherMilliseconds) return milliseconds > otherMilliseconds;
  return counter > otherCounter;
}

/** Whether a frame has to be applied by a page that has seen everything up to `lastSeq`. */
export function isNews(frame, lastSeq) {
  // A whole frame, such as the first of a connection, replaces everything, whatever its number is.
  return Boolean(frame.whole) || isAfter(frame.seq, lastSeq);
}
