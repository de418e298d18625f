"""Moments as HTML: in UTC, until ``static/js/shell/moments.js`` shows the reader's own time."""

from datetime import UTC, date, datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# The same kinds as in static/js/pure/moments.js, which has them in the reader's language.
FORMATS = {
    "time": "%H:%M UTC",
    "seconds": "%H:%M:%S UTC",
    "date": "%Y-%m-%d UTC",
    "datetime": "%Y-%m-%d %H:%M UTC",
    "full": "%Y-%m-%d %H:%M:%S UTC",
}
RELATIVE = "relative"
EXACT = "exact"
ELAPSED = "elapsed"


@register.simple_tag(name="moment")
def render_moment(
    when: datetime, kind: str = "datetime", text: str = "", **attributes: str
) -> SafeString:
    """Return a ``<time>`` element with a tooltip that has the full date.

    `kind` is one of `FORMATS`, "relative" for a text such as "3 minutes ago", "elapsed" for seconds
    that the page counts, or "exact" for milliseconds in the tooltip. An element with a `text` shows
    that instead. Underscores in the names of `attributes` become hyphens; ``data_note`` is added to
    the tooltip.
    """
    if not text and kind == ELAPSED:
        text = f"{max(0, int((datetime.now(UTC) - when).total_seconds()))} s"
    if not text:
        text = str(naturaltime(when)) if kind == RELATIVE else utc_text(when, kind)
    note = attributes.get("data_note")
    return format_html(
        '<time datetime="{}" data-moment="{}" title="{}{}"{}>{}</time>',
        iso(when, kind),
        kind,
        utc_text(when, EXACT if kind == EXACT else "full"),
        f" · {note}" if note else "",
        format_html_join(
            "", ' {}="{}"', ((name.replace("_", "-"), value) for name, value in attributes.items())
        ),
        text,
    )


@register.simple_tag(name="day")
def render_day(day: date) -> SafeString:
    """Return a ``<time>`` element for a day of the calendar, which no time zone moves."""
    text = day.isoformat()
    return format_html(
        '<time datetime="{}" data-moment="day" title="{}">{}</time>', text, text, text
    )


@register.filter
def utc_text(when: datetime, kind: str) -> str:
    """Return a moment in UTC as text of one of the `FORMATS`, or with milliseconds."""
    when = when.astimezone(UTC)
    if kind == EXACT:
        return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03} UTC"
    return when.strftime(FORMATS[kind])


@register.filter
def iso(when: datetime, kind: str = "") -> str:
    """Return a moment such as "2026-11-28T23:08:46Z"."""
    timespec = "milliseconds" if kind == EXACT else "seconds"
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
