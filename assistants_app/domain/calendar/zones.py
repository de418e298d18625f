"""Time zones by their IANA names."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

UTC_NAME = "UTC"
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
