"""Periods of limits begin with the days of a zone, and errors say when."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from assistants_app.domain.money.limits import (
    Caller,
    Limits,
    first_day,
    next_start,
    quota_error,
    rate_error,
    subject_of,
)


@pytest.mark.parametrize(
    ("period", "today", "zone", "starts"),
    [
        ("day", "2026-03-28", "Europe/Berlin", "2026-03-28T23:00Z"),
        # The clock goes forward at night: this day has 23 hours.
        ("day", "2026-03-29", "Europe/Berlin", "2026-03-29T22:00Z"),
        ("day", "2026-10-25", "Europe/Berlin", "2026-10-25T23:00Z"),
        ("day", "2026-12-31", "Asia/Kathmandu", "2026-12-31T18:15Z"),
        ("month", "2026-12-31", "UTC", "2027-01-01T00:00Z"),
        ("month", "2026-10-02", "America/New_York", "2026-11-01T04:00Z"),
        # The clock goes back on the first day of November.
        ("month", "2026-11-01", "America/New_York", "2026-12-01T05:00Z"),
        ("month", "2028-02-29", "UTC", "2028-03-01T00:00Z"),
        ("month", "2027-01-31", "UTC", "2027-02-01T00:00Z"),
        # Chile skips this midnight.
        ("day", "2026-09-05", "America/Santiago", "2026-09-06T04:00Z"),
    ],
)
def test_the_next_period_begins_at_a_midnight_of_the_zone(
    period: str, today: str, zone: str, starts: str
) -> None:
    found = next_start(period, date.fromisoformat(today), ZoneInfo(zone))
    assert found == datetime.fromisoformat(starts)


def test_a_month_begins_with_its_first_day() -> None:
    assert first_day("month", date(2026, 2, 28)) == date(2026, 2, 1)
    assert first_day("day", date(2026, 2, 28)) == date(2026, 2, 28)


def test_a_caller_is_charged_under_its_project_key_and_person() -> None:
    assert Caller().subjects() == ["project"]
    assert Caller("key_1", 7).subjects() == ["project", "key:key_1", "person:7"]
    assert subject_of() == "project"


def test_limits_know_whether_they_limit_anything() -> None:
    assert Limits().are_none
    assert not Limits(runs_at_once=1).of_periods
    assert Limits(dollars_per_day=Decimal(0)).of_periods


def test_an_error_of_money_says_which_limit_and_until_when() -> None:
    resets = datetime(2026, 12, 1, 5, tzinfo=UTC)
    error = quota_error(
        "project", "proj_1", kind="dollars", period="month", limit=Decimal("7.5"), resets=resets
    )
    assert error.http_status == 429
    assert error.body()["error"]["code"] == error.body()["error"]["type"] == "insufficient_quota"
    assert error.headers == {"x-should-retry": "false"}
    assert "the quota of project proj_1: $7.50 a month" in error.message
    assert "2026-12-01 05:00 UTC" in error.message
    key = quota_error("key:key_1", "p", kind="tokens", period="day", limit=1000, resets=resets)
    assert "API key key_1: 1,000 tokens a day" in key.message


def test_an_error_of_a_rate_says_how_long_to_wait() -> None:
    error = rate_error(
        "person:7", "p", kind="tokens", limit=10, wait=2.3, headers={"x-ratelimit-a": "b"}
    )
    assert (error.type, error.code, error.http_status) == ("tokens", "rate_limit_exceeded", 429)
    assert error.headers == {"x-ratelimit-a": "b", "Retry-After": "3", "retry-after-ms": "2300"}
