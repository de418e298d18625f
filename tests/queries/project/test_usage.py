"""Usage sums up the runs of the requested days, and reads no others."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from assistants_app.models import ModelPrice, Project, RunStep
from assistants_app.queries.project import usage
from assistants_app.queries.project.usage import Usage, runs_of_usage, usage_report
from tests.cast import Cast
from tests.queries.plans import nodes_of
from tests.queries.project.usage_rows import NOON, call_at, run_at, settle_all

DAY = date(2026, 3, 1)
RUNS_A_DAY, DAYS = 200, 500


@pytest.fixture
def quiet(cast: Cast) -> Cast:
    """The cast, without its run."""
    cast.run.delete()
    return cast


def test_a_range_without_runs_is_all_zero(quiet: Cast) -> None:
    report = usage_report(quiet.project, DAY, DAY)
    assert (report.whole, report.days) == (Usage(), {})


def test_tokens_times_and_errors_are_summed_by_day_assistant_and_model(quiet: Cast) -> None:
    durations = [1.0, 2.0, 4.0, 8.0]
    for seconds in durations:
        run_at(quiet, NOON, seconds)
    run_at(quiet, NOON + timedelta(days=1), model="other", status="failed", assistant_id="asst_2")
    report = usage_report(quiet.project, DAY, DAY + timedelta(days=1))
    assert (report.whole.runs, report.whole.errors) == (5, 1)
    assert (report.whole.prompt, report.whole.cached, report.whole.completion) == (500, 200, 50)
    assert list(report.days) == [DAY, DAY + timedelta(days=1)]
    assert {key: value.runs for key, value in report.assistants.items()} == {
        quiet.assistant.id: 4,
        "asst_2": 1,
    }
    first = report.models["m"]
    assert first.total == pytest.approx((median(durations), 7.4))
    assert first.queued == pytest.approx((0.5, 0.5))
    assert first.first_token == pytest.approx((1, 1))
    assert report.models["other"].errors == 1


def test_waiting_for_outputs_is_no_part_of_the_time_of_a_run(quiet: Cast) -> None:
    run_at(quiet, NOON, 2.0)
    for wait in (30.0, 40.0):
        waiting = run_at(quiet, NOON, 2.0 + wait)
        RunStep.objects.create(
            run=waiting,
            thread_id=waiting.thread_id,
            assistant_id=waiting.assistant_id,
            type="tool_calls",
            created_at=NOON,
            waits_since=NOON + timedelta(seconds=1),
            completed_at=NOON + timedelta(seconds=1 + wait),
        )
    expired = run_at(quiet, NOON, status="expired", completed_at=None)
    RunStep.objects.create(
        run=expired,
        thread_id=expired.thread_id,
        assistant_id=expired.assistant_id,
        type="tool_calls",
        waits_since=NOON,
        expired_at=NOON + timedelta(seconds=600),
    )
    whole = usage_report(quiet.project, DAY, DAY).whole
    assert whole.total == pytest.approx((2, 2))
    assert whole.waited == pytest.approx((40, 544))
    listed = {run.id: waited for run, waited in runs_of_usage(quiet.project, DAY, DAY)}
    assert listed[waiting.id] == timedelta(seconds=40)
    assert sorted(listed.values())[0] == timedelta()


def test_each_api_key_has_its_own_usage(quiet: Cast) -> None:
    run_at(quiet, NOON, 1.0, api_key_id="key_1")
    run_at(quiet, NOON, 3.0, api_key_id="key_1", status="failed")
    run_at(quiet, NOON, 9.0)
    keys = usage_report(quiet.project, DAY, DAY).keys
    assert {key: (value.runs, value.errors) for key, value in keys.items()} == {
        "key_1": (2, 1),
        "": (1, 0),
    }
    assert keys["key_1"].total == pytest.approx((2.0, 2.9))
    assert keys["key_1"].prompt == 200


def test_prices_give_the_cost_and_models_without_one_are_marked(quiet: Cast) -> None:
    run_at(quiet, NOON)
    assert usage_report(quiet.project, DAY, DAY).whole.cost is None
    ModelPrice.objects.create(
        project=quiet.project,
        model="m",
        prompt=Decimal(10),
        cached=Decimal(1),
        completion=Decimal(100),
    )
    settle_all()
    priced = usage_report(quiet.project, DAY, DAY).whole
    assert (priced.cost, priced.unpriced, priced.rough) == (Decimal("0.00164"), False, True)
    run_at(quiet, NOON, model="other")
    both = usage_report(quiet.project, DAY, DAY).whole
    assert (both.cost, both.unpriced) == (Decimal("0.00164"), True)


def test_days_are_whole_days_in_utc(quiet: Cast) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    for at in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=23.99)):
        run_at(quiet, at)
    run_at(quiet, midnight + timedelta(days=1))
    assert usage_report(quiet.project, DAY, DAY).whole.runs == 2


@pytest.mark.parametrize(
    ("zone", "day", "midnight", "hours"),
    [
        ("UTC", date(2026, 3, 1), "2026-03-01T00:00Z", 24),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00Z", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00Z", 25),
        ("America/St_Johns", date(2026, 7, 1), "2026-07-01T02:30Z", 24),
        ("America/St_Johns", date(2026, 11, 1), "2026-11-01T02:30Z", 25),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15Z", 24),
        # Chromium reports the old name of Asia/Kolkata.
        ("Asia/Calcutta", date(2026, 1, 1), "2025-12-31T18:30Z", 24),
    ],
)
def test_days_are_those_of_the_projects_zone(
    quiet: Cast, zone: str, day: date, midnight: str, hours: int
) -> None:
    quiet.project.time_zone = zone
    begin = datetime.fromisoformat(midnight)
    end, moment, one = begin + timedelta(hours=hours), timedelta(seconds=1), timedelta(days=1)
    for at in (begin - moment, begin, end - moment, end):
        run_at(quiet, at)
    assert usage_report(quiet.project, day, day).whole.runs == 2
    around = usage_report(quiet.project, day - one, day + one)
    assert around.whole.runs == 4
    assert {at: usage.runs for at, usage in around.days.items()} == {
        day - one: 1,
        day: 2,
        day + one: 1,
    }


def test_a_day_that_a_zone_skipped_has_no_runs(quiet: Cast) -> None:
    quiet.project.time_zone = "Pacific/Apia"
    skipped = datetime(2011, 12, 30, 10, tzinfo=UTC)
    for at in (skipped - timedelta(seconds=1), skipped, skipped + timedelta(hours=23.99)):
        run_at(quiet, at)
    report = usage_report(quiet.project, date(2011, 12, 29), date(2012, 1, 1))
    assert {day.day: usage.runs for day, usage in report.days.items()} == {29: 1, 31: 2}
    assert usage_report(quiet.project, date(2011, 12, 30), date(2011, 12, 30)).whole == Usage()


def test_runs_without_tokens_or_times_count_as_runs(quiet: Cast) -> None:
    run = run_at(quiet, NOON, usage={}, started_at=None, completed_at=None, status="queued")
    run.steps.all().delete()
    whole = usage_report(quiet.project, DAY, DAY).whole
    assert whole == Usage(runs=1)


def test_other_projects_do_not_count(quiet: Cast) -> None:
    run_at(quiet, NOON)
    assert usage_report(quiet.other_project, DAY, DAY).whole.runs == 0


FILL = f"""
SET session_replication_role = replica;
INSERT INTO project (id, name, created_at) VALUES ('proj_used', 'used', now());
INSERT INTO run
    (id, project_id, thread_id, assistant_id, created_at, status, model, instructions, tools,
     tool_resources, metadata, response_format, tool_choice, parallel_tool_calls,
     truncation_strategy, usage, expires_at, lease_owner, attempts)
    SELECT 'run_' || lpad(n::text, 24, '0'), 'proj_used', 'thread_1', 'asst_' || n % 9,
        timestamptz '2026-03-01 12:00Z' - n / {RUNS_A_DAY} * interval '1 day', 'completed', 'm',
        repeat('You are kind. ', 20), '[]', '{{}}', '{{}}', '"auto"', '"auto"', true, '{{}}',
        '{{"prompt_tokens": 100, "completion_tokens": 10}}', now(), '', 0
    FROM generate_series(0, {RUNS_A_DAY * DAYS - 1}) n;
SET session_replication_role = DEFAULT;
ANALYZE run;
"""


@pytest.fixture
def many_runs(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(FILL)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE project CASCADE")


def test_a_week_reads_only_the_runs_of_that_week(db: None, many_runs: None) -> None:
    project = Project(id="proj_used")
    week = (DAY - timedelta(days=6), DAY)
    assert usage_report(project, *week).whole.runs == 7 * RUNS_A_DAY
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) " + usage._RUNS + usage._SUMS + usage._SEPARATELY,
            usage._parameters(project, *week, usage.ALL_RUNS),
        )
        [explained] = cursor.fetchone()
    plan = (json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"]
    [read] = [node for node in nodes_of(plan) if node.get("Index Name") == "run_by_time"]
    assert read["Actual Rows"] == 7 * RUNS_A_DAY
    relations = [node for node in nodes_of(plan) if node.get("Relation Name") == "run"]
    assert all(node["Node Type"] != "Seq Scan" for node in relations)


def test_requests_that_were_passed_on_count_by_day_model_and_key(quiet: Cast) -> None:
    ModelPrice.objects.create(
        project=quiet.project, model=quiet.assistant.model, prompt=10, cached=1, completion=100
    )
    run_at(quiet, NOON)
    call_at(quiet, NOON)
    call_at(quiet, NOON, status=500, usage={})
    call_at(quiet, NOON, model="other", api_key_id="key_2")
    call_at(quiet, NOON + timedelta(days=1))
    call_at(quiet, NOON, project=quiet.other_project)
    report = usage_report(quiet.project, DAY, DAY)
    assert (report.whole.runs, report.whole.calls, report.whole.errors) == (1, 3, 0)
    assert (report.whole.prompt, report.whole.completion) == (2100, 210)
    assert report.days[DAY] == report.whole
    # What a run has costs 0.00164 dollars, and a call 0.02.
    assert report.models[quiet.assistant.model].cost == Decimal("0.02164")
    assert report.models["other"].unpriced
    assert report.keys["key_1"].calls == 2
    # The times are those of runs.
    assert report.whole.total == (2.0, 2.0)
    assert list(report.assistants) == [quiet.assistant.id]
    assert report.assistants[quiet.assistant.id].calls == 0
    narrow = usage.UsageFilter(assistant=quiet.assistant.id)
    assert usage_report(quiet.project, DAY, DAY, narrow).whole.calls == 0
    narrow = usage.UsageFilter(model="other", key="key_2")
    assert usage_report(quiet.project, DAY, DAY, narrow).whole.calls == 1


def test_each_origin_and_person_has_its_own_usage(quiet: Cast) -> None:
    run_at(quiet, NOON, 1.0, origin="page", person_id=7)
    run_at(quiet, NOON, 3.0, origin="experiment", person_id=7, status="failed")
    run_at(quiet, NOON, 9.0, origin="experiment")
    call_at(quiet, NOON, origin="judge", person_id=7)
    report = usage_report(quiet.project, DAY, DAY)
    sums = {
        kind: {key: (value.runs, value.calls, value.errors) for key, value in found.items()}
        for kind, found in (("origins", report.origins), ("people", report.people))
    }
    assert sums == {
        "origins": {"page": (1, 0, 0), "experiment": (2, 0, 1), "judge": (0, 1, 0)},
        "people": {7: (2, 1, 1), usage.NOBODY: (1, 0, 0)},
    }
    assert report.origins["experiment"].total == pytest.approx((6.0, 8.7))
    for narrow, runs, calls in (
        (usage.UsageFilter(origin="experiment"), 2, 0),
        (usage.UsageFilter(origin="judge"), 0, 1),
        (usage.UsageFilter(person=7), 2, 1),
        (usage.UsageFilter(person=usage.NOBODY), 1, 0),
        (usage.UsageFilter(origin="experiment", person=7), 1, 0),
    ):
        whole = usage_report(quiet.project, DAY, DAY, narrow).whole
        assert (whole.runs, whole.calls) == (runs, calls)
        assert len(runs_of_usage(quiet.project, DAY, DAY, narrow)) == runs
        rows = usage.usage_rows(quiet.project, DAY, DAY, narrow)
        assert sum(row.usage.runs + row.usage.calls for row in rows) == runs + calls
