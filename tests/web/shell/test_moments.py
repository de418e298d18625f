"""Moments: in UTC and saying so, in elements that the page's script can show in another zone."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.template import Context, Template
from django.utils import timezone as clock

from tests.live import ROOT

AT = datetime(2026, 11, 28, 23, 8, 46, 123456, tzinfo=UTC)
# Documents without a script, which write "UTC" themselves, and fields that hold days.
WITHOUT_SCRIPT = {"export_message.html", "export_thread.html"}
DAYS = {"days.first|date:'Y-m-d'", "days.last|date:'Y-m-d'"}


def rendered(tag: str, **context: object) -> str:
    return Template(f"{{% load moments %}}{tag}").render(Context({"at": AT, **context}))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("time", "23:08 UTC"),
        ("seconds", "23:08:46 UTC"),
        ("date", "2026-11-28 UTC"),
        ("datetime", "2026-11-28 23:08 UTC"),
        ("full", "2026-11-28 23:08:46 UTC"),
    ],
)
def test_a_moment_says_that_it_is_in_utc(kind: str, text: str) -> None:
    assert rendered(f'{{% moment at "{kind}" %}}') == (
        f'<time datetime="2026-11-28T23:08:46Z" data-moment="{kind}"'
        f' title="2026-11-28 23:08:46 UTC">{text}</time>'
    )


def test_a_moment_of_another_zone_is_converted() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert rendered("{% moment at %}", at=tokyo) == rendered("{% moment at %}")


def test_a_relative_moment_keeps_its_text() -> None:
    html = rendered('{% moment at "relative" %}', at=clock.now() - timedelta(minutes=3, seconds=5))
    assert 'data-moment="relative"' in html
    assert html.endswith(">3\xa0minutes ago</time>")


def test_an_exact_moment_has_milliseconds_and_a_note_that_is_escaped() -> None:
    tag = '{% moment at "exact" text=text class="stat" data_note=note %}'
    html = rendered(tag, text="Δ <1 s", note='"2 s')
    assert html == (
        '<time datetime="2026-11-28T23:08:46.123Z" data-moment="exact"'
        ' title="2026-11-28 23:08:46.123 UTC · &quot;2 s" class="stat" data-note="&quot;2 s">'
        "Δ &lt;1 s</time>"
    )


def test_no_template_shows_a_moment_in_another_way() -> None:
    formatted = re.compile(r"[\w.]+\|(?:date|time|naturaltime|naturalday|timesince|timeuntil)\b\S*")
    found = {
        use
        for path in (ROOT / "templates").rglob("*.html")
        if path.name not in WITHOUT_SCRIPT
        for use in formatted.findall(path.read_text(encoding="utf-8"))
    }
    assert found == DAYS
