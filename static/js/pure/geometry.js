// Positions of bars and columns.

/** Return where a bar is on an axis from 0 to `now`, in percent. A step that runs has no `end`. */
export function barOn(now, begin, end = now) {
  return { x: (100 * begin) / now, width: Math.max((100 * (end - begin)) / now, 1) };
}

/** Return the columns `names`, with prompt tokens stacked on completion tokens. */
export function stackedColumns(data, names) {
  const columns = names.map((name) => data[name]);
  if (names[0] === "prompt") {
    // The chart draws it as the sum of both, behind the column of completions.
    columns[0] = data.prompt.map((value, day) => value + data.completion[day]);
  }
  return columns;
}
