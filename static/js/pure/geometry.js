// Where bars and columns are drawn.

/** Return the place of a bar on an axis from 0 to `now`, in percent. An open bar has no `end`. */
export function barOn(now, begin, end = now) {
  return { x: (100 * begin) / now, width: Math.max((100 * (end - begin)) / now, 1) };
}

/** Return the columns of `names`. Of two kinds of tokens, the first is stacked on the second. */
export function stackedColumns(data, names) {
  const columns = names.map((name) => data[name]);
  if (names[0] === "prompt") {
    // It is drawn to the sum of both, behind the other.
    columns[0] = data.prompt.map((value, day) => value + data.completion[day]);
  }
  return columns;
}
