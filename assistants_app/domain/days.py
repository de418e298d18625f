"""Days of a time zone, and the names of zones."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

UTC_NAME = "UTC"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# "localtime" is a different zone on every machine, "Factory" is a placeholder.
_NOT_ZONES = {"localtime", "Factory"}


# Listing the zones reads some 600 files, which takes 0.1 s.
@cache
def zone_names() -> frozenset[str]:
    """Return the names of all IANA time zones."""
    return frozenset(available_timezones() - _NOT_ZONES)


def zone_named(name: str) -> ZoneInfo:
    """Return the zone with this name, or UTC if the name is empty or unknown."""
    # A data folder may move to a machine whose time zone data lacks the chosen zone.
    try:
        return ZoneInfo(name or UTC_NAME)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(UTC_NAME)


def read_day(text: str) -> date:
    """Return the day in a text such as ``2026-01-31``. Raises :class:`ValueError`."""
    # Python reads other forms of ISO 8601 as well, such as 20260131, and 2026-W05-6, which shows
    # nobody which day it is.
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is no day.")
    return date.fromisoformat(text)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which a day begins in `zone`."""
    midnight = datetime.combine(day, time.min, zone)
    # If the clock skips midnight, `fold=0` gives the moment at which it jumps.
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second > first:
        # The clock shows this midnight twice. In Havana the day begins with the first one. In
        # St. John's, until 2010, the clock went back at 00:01 into the day before.
        just_before = (second - timedelta(microseconds=1)).astimezone(zone)
        return second if just_before.date() < day else first
    return first


def starts_of(first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """Return the moments at which the days from `first` to `last` begin, and the end of `last`."""
    count = (last - first).days + 1
    return [start_of(first + timedelta(days=number), zone) for number in range(count + 1)]
