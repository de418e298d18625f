"""Days begin at their zone's midnight, also where the clock skips or repeats it."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import assistants_app
from assistants_app.domain.days import read_day, start_of, starts_of, zone_named, zone_names


def test_a_day_is_written_in_one_way() -> None:
    assert read_day("2026-01-31") == date(2026, 1, 31)
    for text in (
        *("2026-W05-6", "2026W056", "2026-W05", "20260131", "2026-01-31T00:00", "2026-1-31"),
        *("2026-02-30", "", "soon", " 2026-01-31", "2026-01-31\n", "２０２６-01-31", "02026-01-31"),
    ):
        with pytest.raises(ValueError, match="is no day|day is out"):
            read_day(text)


def test_nothing_else_reads_days() -> None:
    # Forms that read days in other ways would each have their own idea of what a day is.
    app = Path(assistants_app.__file__).parent
    texts = {path: path.read_text(encoding="utf-8") for path in app.rglob("*.py")}
    readers = [path.stem for path, text in texts.items() if re.search(r"\bdate\.fromiso", text)]
    assert readers == ["days"]


def hours_of(day: date, zone: str) -> float:
    begin, end = starts_of(day, day, zone_named(zone))
    return (end - begin) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "begin", "hours"),
    [
        ("UTC", date(2026, 3, 29), "2026-03-29T00:00", 24),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00", 25),
        ("America/St_Johns", date(2026, 7, 1), "2026-07-01T02:30", 24),
        ("America/St_Johns", date(2026, 3, 8), "2026-03-08T03:30", 23),
        ("America/St_Johns", date(2026, 11, 1), "2026-11-01T02:30", 25),
        # The clock went back at 00:01, so most of the hour before was repeated.
        ("America/St_Johns", date(2010, 11, 6), "2010-11-06T02:30", 25),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T03:30", 24),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15", 24),
        # Midnight comes twice, an hour apart.
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00", 25),
        # Midnight is skipped.
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00", 23),
        # The whole day was skipped.
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00", 24),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", 0),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", 24),
    ],
)
def test_a_day_begins_at_midnight(zone: str, day: date, begin: str, hours: float) -> None:
    assert start_of(day, zone_named(zone)) == datetime.fromisoformat(begin).replace(tzinfo=UTC)
    assert hours_of(day, zone) == hours


@pytest.mark.parametrize("year", [2010, 2026])
def test_the_days_of_every_zone_follow_one_another(year: int) -> None:
    moment = timedelta(microseconds=1)
    for name in zone_names():
        zone = zone_named(name)
        starts = starts_of(date(year, 1, 1), date(year, 12, 31), zone)
        assert starts == sorted(starts), name
        for number, start in enumerate(starts):
            day = date(year, 1, 1) + timedelta(days=number)
            assert start.astimezone(zone).date() >= day, name
            assert (start - moment).astimezone(zone).date() < day, name


def test_zones_have_iana_names() -> None:
    assert {"UTC", "Europe/Berlin", "Asia/Calcutta", "America/Argentina/Ushuaia"} <= zone_names()
    assert not {"", "localtime", "Factory", "posixrules"} & zone_names()


@pytest.mark.parametrize("name", ["", "Middle/Earth", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_an_unknown_zone_is_utc(name: str) -> None:
    assert zone_named(name).key == "UTC"
