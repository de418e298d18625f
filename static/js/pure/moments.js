// Moments as their reader's clock shows them. Moments are in milliseconds since 1970.

// The same kinds as in assistants_app/templatetags/moments.py, which has them in UTC.
const FORMATS = {
  time: { timeStyle: "short" },
  seconds: { timeStyle: "medium" },
  date: { dateStyle: "medium" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
  full: { dateStyle: "medium", timeStyle: "medium" },
  day: { dateStyle: "medium", timeZone: "UTC" }, // of the calendar, so no zone may move it
};
const TOOLTIP = {
  weekday: "long",
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "longOffset",
};
// Seconds of each unit, the longest first.
const UNITS = Object.entries({
  year: 31_536_000,
  month: 2_592_000,
  week: 604_800,
  day: 86_400,
  hour: 3600,
  minute: 60,
});
const DAY = { dateStyle: "full", timeZone: "UTC" };
const EXACT = { ...TOOLTIP, fractionalSecondDigits: 3 };

/** Return the formats of a language and a time zone. Without them, those of the browser. */
export function readersFormats(locale, timeZone) {
  // A format takes a hundred times as long to make as to use.
  const made = new Map();
  const format = (options) => {
    if (!made.has(options)) {
      made.set(options, new Intl.DateTimeFormat(locale, { timeZone, ...options }));
    }
    return made.get(options);
  };
  const now = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const since = new Intl.RelativeTimeFormat(locale);
  const zone = format(TOOLTIP).resolvedOptions().timeZone;

  return {
    /** Return a text of this kind, or nothing for a moment that keeps the server's text. */
    text: (kind, at) => FORMATS[kind] && format(FORMATS[kind]).format(at),

    /** Return how long before `present` a moment was, such as "3 days ago". */
    relative(at, present) {
      const seconds = Math.max(0, present - at) / 1000; // the server's clock may be ahead
      const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? [];
      return unit ? since.format(-Math.floor(seconds / length), unit) : now.format(0, "second");
    },

    /** Return the full date with its offset from UTC and the zone, and after them the note. */
    tooltip(kind, at, note) {
      if (kind === "day") return format(DAY).format(at);
      const date = format(kind === "exact" ? EXACT : TOOLTIP).format(at);
      const whole = `${date}, ${zone}`;
      return note ? `${whole} · ${note}` : whole;
    },
  };
}

/** Return a function that labels a day, given as its midnight in UTC in seconds since 1970. */
export function dayLabels(locale) {
  const format = new Intl.DateTimeFormat(locale, {
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  });
  return (midnight) => format.format(midnight * 1000);
}
