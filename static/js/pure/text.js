// Short texts of the page.

/** Return the page's title with a mark when the run waits for the reader. */
export function titleOf(title, waits) {
  const bare = title.replace(/^\(!\) /, "");
  return waits ? `(!) ${bare}` : bare;
}

/** Return the time from `now` until `at` as minutes and seconds, such as "9:05". */
export function timeLeft(at, now) {
  const seconds = Math.max(0, Math.round((at - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Return "200 / 256" for a text of 200 characters, or nothing for one shorter than `from`. */
export function lengthOf(length, { from, most }) {
  return length < from ? "" : `${length} / ${most}`;
}

/** Return whether a text begins like JSON and is no valid JSON. */
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
