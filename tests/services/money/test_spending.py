"""What is used is counted once, by all processes together, and found again in PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from redis.exceptions import RedisError

from assistants_app.domain.money.limits import DAY, MONTH, PROJECT, Caller, Use
from assistants_app.models import Run
from assistants_app.queries.people.spending import use_of_days
from assistants_app.redis_client import client
from assistants_app.services.money import counters, spending
from assistants_app.services.money.spending import Spent, count_use, send_counted, spent_of
from tests.cast import Cast
from tests.queries.project.usage_rows import call_at, run_at

ZONE = ZoneInfo("UTC")
TOKENS = {"prompt_tokens": 90, "completion_tokens": 10}
KEY = Caller("key_1", 7)


@pytest.fixture(autouse=True)
def _fresh(cast: Cast) -> Iterator[None]:
    cast.run.delete()
    yield
    send_counted()


def used(cast: Cast, period: str = DAY, subject: str = PROJECT, zone: ZoneInfo = ZONE) -> Use:
    spending.forget_spent(cast.project.id)
    return spent_of(cast.project.id, zone).of(subject, period)


def run_of(cast: Cast, dollars: str, at: datetime | None = None, **columns: Any) -> Run:
    run = run_at(cast, at or timezone.now(), usage=TOKENS, **columns)
    Run.objects.filter(pk=run.pk).update(cost=Decimal(dollars))
    return run


def count(cast: Cast, dollars: str, at: datetime | None = None, tokens: int = 100) -> None:
    count_use(cast.project.id, KEY, at or timezone.now(), Use(Decimal(dollars), tokens))
    send_counted()


def test_use_comes_from_what_runs_and_requests_have_cost(cast: Cast) -> None:
    run_of(cast, "0.5", api_key_id="key_1", person_id=7)
    run_of(cast, "0.25")
    call = call_at(cast, timezone.now(), person_id=None)
    type(call).objects.filter(pk=call.pk).update(cost=1)
    assert used(cast) == Use(Decimal("1.75"), 1300)
    assert used(cast, subject="key:key_1") == Use(Decimal("1.5"), 1200)
    assert used(cast, subject="person:7") == Use(Decimal("0.5"), 100)


def test_what_is_counted_needs_no_query_and_survives_an_emptied_redis(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    run_of(cast, "0.5")
    assert used(cast).dollars == Decimal("0.5")
    run_of(cast, "0.000000001", api_key_id="key_1", person_id=7)
    count(cast, "0.000000001")
    with django_assert_num_queries(0):
        assert used(cast) == Use(Decimal("0.500000001"), 200)
        assert used(cast, subject="person:7").tokens == 100
    client().delete(*client().keys(f"use:{{{cast.project.id}}}:*"))
    assert used(cast) == Use(Decimal("0.500000001"), 200)


def test_counting_while_another_process_fills_leaves_nothing_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    summed = use_of_days

    def slow(project_id: str, midnights: list[datetime]) -> Any:
        found = summed(project_id, midnights)
        # Committed after the sums were read.
        count(cast, "0.1")
        # Another process that asks meanwhile doesn't wait, and doesn't take the half for the whole.
        [today] = counters.read_days(project_id, [midnights[-2]])
        assert today is None
        return found

    run_of(cast, "1")
    monkeypatch.setattr(spending, "use_of_days", slow)
    used(cast)
    assert used(cast) == Use(Decimal("1.1"), 200)


def test_nothing_is_counted_of_projects_that_nobody_checks(cast: Cast) -> None:
    count(cast, "1")
    assert not client().keys(f"use:{{{cast.project.id}}}:*")


def test_without_redis_the_sums_come_from_postgresql(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of(cast, "2")

    def away() -> None:
        raise RedisError("away")

    monkeypatch.setattr(counters, "client", away)
    assert used(cast).dollars == 2
    count(cast, "1")  # is only logged


@pytest.mark.parametrize(
    ("zone", "now", "today", "before", "month_before"),
    [
        # The first second of a day and month in Berlin, which is in summer time until that night.
        ("Europe/Berlin", "2026-10-31T23:00:05Z", 0, -10, -10),
        ("Asia/Kathmandu", "2026-11-30T18:15:05Z", 0, -10, -10),
        # The second of the two hours that are called 1 o'clock belongs to the same day.
        ("America/New_York", "2026-11-01T06:30:00Z", -3600, -3600 * 3, -3600 * 3),
    ],
)
def test_days_and_months_are_those_of_the_projects_zone(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    now: str,
    today: int,
    before: int,
    month_before: int,
) -> None:
    moment = datetime.fromisoformat(now)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    run_of(cast, "1", moment + timedelta(seconds=today))
    run_of(cast, "2", moment + timedelta(seconds=before))
    named = ZoneInfo(zone)
    assert used(cast, DAY, zone=named).dollars == 1
    assert used(cast, MONTH, zone=named).dollars == 1
    # What is counted goes to the same days.
    count(cast, "4", moment)
    count(cast, "8", moment + timedelta(seconds=before))
    assert used(cast, DAY, zone=named).dollars == 5


def test_a_month_adds_up_its_days(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 5, 20, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    for days in (0, 1, 19, 20):
        run_of(cast, "1", moment - timedelta(days=days))
    assert used(cast, DAY).dollars == 1
    assert used(cast, MONTH).dollars == 3
    count(cast, "1", moment)
    assert used(cast, MONTH).dollars == 4


def test_tokens_of_a_minute_fade_evenly(cast: Cast) -> None:
    used(cast)
    count(cast, "0", tokens=600)
    spent = Spent(minute=counters.tokens_of_last_minute(cast.project.id))
    assert 0 < spent.tokens_of_minute("person:7") <= 600
    half = Spent(minute={PROJECT: (0.5, 100, 600)})
    assert half.tokens_of_minute(PROJECT) == 400
    # 100 of the present minute and 150 of the one before, after three quarters of it.
    assert half.seconds_until(PROJECT, 250) == pytest.approx(15, abs=0.1)
    # 50 of 100 tokens, half way through the next minute.
    assert half.seconds_until(PROJECT, 50) == pytest.approx(60, abs=0.1)
    assert half.seconds_until(PROJECT, 401) == 0


COUNT = """
import sys, time
import django
django.setup()
from django.utils import timezone
from decimal import Decimal
from assistants_app.domain.money.limits import Caller, Use
from assistants_app.services.money.spending import count_use, send_counted
for _ in range(300):
    count_use(sys.argv[1], Caller("key_1", 7), timezone.now(), Use(Decimal("0.000000007"), 3))
    if _ % 10 == 0:
        send_counted()
send_counted()
"""


def test_two_processes_count_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "TODAY_FOR", 600)
    assert used(cast) == Use()
    processes = [
        subprocess.Popen([sys.executable, "-c", COUNT, cast.project.id])  # noqa: S603 - our own
        for _ in range(2)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert used(cast) == Use(Decimal("0.000000007") * 600, 1800)
    assert used(cast, subject="key:key_1").tokens == 1800
