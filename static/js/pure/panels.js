// Widths and visibility of the panels on the main screen.

export const WIDTHS = { list: [176, 420], cfg: [240, 640], logs: [200, 640] }; // pixels

/** Return `width` as whole pixels within the limits of the panel. */
export function allowedWidth(panel, width) {
  const [least, most] = WIDTHS[panel];
  return Math.min(Math.max(Math.round(width), least), most);
}

/** Return 1 if the panel grows when its edge moves right, or -1 if it grows to the left. */
export function growthOf(panel, textDirection) {
  const growth = panel === "logs" ? -1 : 1; // the run log is the last panel: its edge is its start
  return textDirection === "rtl" ? -growth : growth;
}

/** Return the names in a list such as "list logs" as a set. */
export function namesIn(text) {
  return new Set((text ?? "").split(" ").filter(Boolean));
}

/** Return the list with `name` added, or removed if it was there. */
export function toggled(text, name) {
  const names = namesIn(text);
  if (!names.delete(name)) names.add(name);
  return [...names].join(" ");
}
