"""Days of a time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


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
