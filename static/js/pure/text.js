// Short texts on the page.

/** Return the page title, marked if the run waits for the reader. */
export function titleOf(title, waits) {
  const bare = title.replace(/^\(!\) /, "");
  return waits ? `(!) ${bare}` : bare;
}

/** Return the time from `now` until `at` (milliseconds) as minutes and seconds, such as "9:05". */
export function timeLeft(at, now) {
  const seconds = Math.max(0, Math.round((at - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Return the time from `since` until `now` (milliseconds), such as "3 s" or "1 min 5 s". */
export function elapsed(since, now) {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Return a counter such as "200 / 256", or an empty text if `length` is below `from`. */
export function lengthOf(length, { from, most }) {
  return length < from ? "" : `${length} / ${most}`;
}

/** Return whether a text starts like JSON but is not valid JSON. */
export function isBrokenJson(text) {
  const trimmed = text.trim();
  if (!/^[[{"]/.test(trimmed)) return false;
  try {
    JSON.parse(trimmed);
    return false;
  } catch {
    return true;
  }
}
