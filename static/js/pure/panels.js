// The panels of the main screen.

export const WIDTHS = { list: [176, 420], cfg: [240, 640], logs: [200, 640] }; // pixels

/** Return the width nearest to `width` that the panel may have, in whole pixels. */
export function allowedWidth(panel, width) {
  const [least, most] = WIDTHS[panel];
  return Math.min(Math.max(Math.round(width), least), most);
}

/** Return the direction in which a panel grows: 1 to the right, -1 to the left. */
export function growthOf(panel, textDirection) {
  const fromItsStart = panel === "logs" ? -1 : 1; // the log is the last panel: its edge is its start
  return textDirection === "rtl" ? -fromItsStart : fromItsStart;
}

/** Return the set of the names in a text such as "list logs". */
export function namesIn(text) {
  return new Set((text ?? "").split(" ").filter(Boolean));
}

/** Return such a text with `name` in it if it was not, and without it if it was. */
export function toggled(text, name) {
  const names = namesIn(text);
  if (!names.delete(name)) names.add(name);
  return [...names].join(" ");
}
