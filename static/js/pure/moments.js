// Moments as their reader's clock shows them. Moments are in milliseconds since 1970.

// The same kinds as in assistants_app/templatetags/moments.py, which has them in UTC.
const FORMATS = {
  time: { timeStyle: "short" },
  seconds: { timeStyle: "medium" },
  date: { dateStyle: "medium" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
  full: { dateStyle: "medium", timeStyle: "medium" },
};
const TOOLTIP = { dateStyle: "full", timeStyle: "medium" };
// Milliseconds don't go with styles.
const EXACT = {
  weekday: "long",
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
};
const OFFSET = { timeZoneName: "longOffset" };

/** Return the formats of a language and a time zone. Without them, those of the browser. */
export function readersFormats(locale, timeZone) {
  // A format costs a hundred times as much to make as to use.
  const made = new Map();
  const format = (options) => {
    if (!made.has(options)) {
      made.set(options, new Intl.DateTimeFormat(locale, { ...options, timeZone }));
    }
    return made.get(options);
  };
  const zone = timeZone ?? format(OFFSET).resolvedOptions().timeZone;
  const offset = (at) =>
    format(OFFSET)
      .formatToParts(at)
      .find(({ type }) => type === "timeZoneName").value;

  return {
    /** Return a text of this kind, or nothing if such a moment keeps the server's text. */
    text: (kind, at) => FORMATS[kind] && format(FORMATS[kind]).format(at),

    /** Return the full date and the zone, and after them the note. */
    tooltip(kind, at, note) {
      const date = format(kind === "exact" ? EXACT : TOOLTIP).format(at);
      const whole = `${date}, ${zone} (${offset(at)})`;
      return note ? `${whole} · ${note}` : whole;
    },
  };
}
