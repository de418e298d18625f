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

/**
 * Return null, or what is wrong with a text that starts like JSON but is not valid JSON: its `line`
 * and `column`, if the browser says them.
 */
export function faultOfJson(text) {
  if (!/^\s*[[{"]/.test(text)) return null;
  try {
    JSON.parse(text);
    return null;
  } catch ({ message }) {
    // The text that some messages quote may contain anything, so look at their ends.
    const [, at] = /position (\d+)( \(line \d+ column \d+\))?$/.exec(message) ?? [];
    const [, line, column] = /line (\d+) column (\d+) of the JSON data$/.exec(message) ?? [];
    if (line) return { line: Number(line), column: Number(column) };
    const isCut = /^Unexpected end|^Unterminated|EOF/.test(message);
    return at || isCut ? placeIn(text, isCut ? text.trimEnd().length : Number(at)) : {};
  }
}

function placeIn(text, at) {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, column: lines.at(-1).length + 1 };
}
