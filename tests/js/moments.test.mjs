// Moments in a reader's language and time zone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { dayLabels, readersFormats } from "../../static/js/pure/moments.js";

const AT = 1795907326123; // 2026-11-28T23:08:46.123Z
const SUMMER = 1782860400000; // 2026-06-30T23:00:00Z
const tokyo = readersFormats("de-DE", "Asia/Tokyo");
const berlin = readersFormats("en-US", "Europe/Berlin");

// Versions of the language data differ in their kinds of space.
const plain = (text) => text.replaceAll(/\s/g, " ");

test("each kind is written as the reader's language has it", () => {
  assert.equal(tokyo.text("time", AT), "08:08");
  assert.equal(tokyo.text("seconds", AT), "08:08:46");
  assert.equal(tokyo.text("date", AT), "29.11.2026");
  assert.equal(tokyo.text("datetime", AT), "29.11.2026, 08:08");
  assert.equal(tokyo.text("full", AT), "29.11.2026, 08:08:46");
  assert.equal(plain(berlin.text("time", AT)), "12:08 AM");
  assert.equal(plain(berlin.text("datetime", AT)), "Nov 29, 2026, 12:08 AM");
});

test("a day of the calendar is the same in each zone", () => {
  const day = Date.parse("2026-11-29");
  const honolulu = readersFormats("en-US", "Pacific/Honolulu");
  assert.equal(tokyo.text("day", day), "29.11.2026");
  assert.equal(honolulu.text("day", day), "Nov 29, 2026");
  assert.equal(honolulu.tooltip("day", day), "Sunday, November 29, 2026");
});

test("moments with a text of their own keep it", () => {
  for (const kind of ["countdown", "exact"]) {
    assert.equal(tokyo.text(kind, AT), undefined);
  }
});

test("a relative moment is counted in its largest unit", () => {
  const before = (seconds) => plain(berlin.relative(AT, AT + seconds * 1000));
  assert.equal(before(-5), "now");
  assert.equal(before(59), "now");
  assert.equal(before(60), "1 minute ago");
  assert.equal(before(3 * 86_400 + 15 * 3600), "3 days ago");
  assert.equal(before(8 * 86_400), "1 week ago");
  assert.equal(before(800 * 86_400), "2 years ago");
  assert.equal(tokyo.relative(AT, AT + 7_200_000), "vor 2 Stunden");
});

test("a tooltip has the whole date, the zone and its offset on that day", () => {
  const tooltip = plain(tokyo.tooltip("time", AT));
  assert.match(tooltip, /^Sonntag, 29\. November 2026 um 0?8:08:46 GMT\+09:00, Asia\/Tokyo$/);
  assert.match(plain(berlin.tooltip("date", AT)), / 12:08:46 AM GMT\+01:00, Europe\/Berlin$/);
  assert.match(plain(berlin.tooltip("date", SUMMER)), / 1:00:00 AM GMT\+02:00, Europe\/Berlin$/);
  assert.match(readersFormats("en", "UTC").tooltip("date", AT), / GMT(\+00:00)?, UTC$/);
});

test("an exact tooltip has milliseconds, and may have a note", () => {
  const tooltip = plain(tokyo.tooltip("exact", AT, "0.250 s"));
  assert.match(tooltip, /8:08:46,123 GMT\+09:00, Asia\/Tokyo · 0\.250 s$/);
});

test("without a language and a zone they are the browser's", () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  assert.ok(readersFormats().tooltip("date", AT).endsWith(`, ${timeZone}`));
});

test("a day's label is that of the day, in the reader's language", () => {
  const midnight = 1795910400; // 2026-11-29T00:00:00Z
  assert.equal(dayLabels("en-US")(midnight), "Nov 29");
  assert.equal(dayLabels("de-DE")(midnight), "29. Nov.");
});
