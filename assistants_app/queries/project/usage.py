"""Usage of a project: tokens, cost, errors and durations of its runs, summed up by PostgreSQL."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce, Now

from assistants_app.domain import run_status
from assistants_app.domain.days import starts_of
from assistants_app.models import Project, Run, RunStep
from assistants_app.queries.run_costs import COUNTED, ROUGH, UNPRICED
from assistants_app.queries.sealing import sealed_threads_of, without_sealed

# Who asked for what no person did, such as a service key. No user has this ID.
NOBODY = 0
# One pass over the runs of the range, grouped in seven ways at once. `day` counts from 1. Days are
# compared with midnights that Python calculates, not converted with AT TIME ZONE: PostgreSQL has
# time zone data of its own, which may not know a zone that a browser names, or may disagree about
# its midnights, so that a run would be in the range and on a day outside of it.
# Sealed runs count, but without their assistant and model: next to tokens, errors or times, these
# would say which column is whose.
_RUNS = f"""
WITH runs AS MATERIALIZED (
    SELECT width_bucket(run.created_at, %(midnights)s::timestamptz[]) AS day,
        CASE WHEN sealed THEN '' ELSE run.assistant_id END AS assistant_id,
        CASE WHEN sealed THEN '' ELSE run.model END AS model,
        run.api_key_id,
        run.origin,
        coalesce(run.person_id, {NOBODY}) AS person_id,
        true AS is_run,
        run.status IN ('failed', 'expired') AS wrong,
        counted.*,
        {UNPRICED} AS unpriced,
        {ROUGH} AS rough,
        run.cost,
        extract(epoch FROM run.started_at - run.created_at)::float8 AS queued,
        extract(epoch FROM steps.first_token_at - run.created_at)::float8 AS first_token,
        extract(epoch FROM coalesce(run.completed_at, run.failed_at, run.cancelled_at)
            - run.created_at - coalesce(steps.waited, '0'))::float8 AS total,
        extract(epoch FROM steps.waited)::float8 AS waited
    FROM run
    CROSS JOIN LATERAL (SELECT run.thread_id = ANY(%(sealed)s::text[]) AS sealed) seal
    CROSS JOIN LATERAL (
        SELECT min(step.first_token_at) AS first_token_at,
            sum(coalesce(step.completed_at, step.failed_at, step.cancelled_at, step.expired_at)
                - step.waits_since) AS waited
        FROM run_step step WHERE step.run_id = run.id
    ) steps
    {COUNTED}
    WHERE run.project_id = %(project)s AND NOT run.recorded
        AND run.created_at >= %(since)s AND run.created_at < %(until)s
        AND (%(assistant)s = '' OR run.assistant_id = %(assistant)s AND NOT sealed)
        AND (%(model)s = '' OR run.model = %(model)s AND NOT sealed)
        AND (%(any_key)s OR run.api_key_id = %(key)s)
        AND (%(origin)s = '' OR run.origin = %(origin)s)
        AND (%(any_person)s OR coalesce(run.person_id, {NOBODY}) = %(person)s)
    UNION ALL
    -- Requests that belong to no run. Their alias lets them be counted like runs.
    SELECT width_bucket(run.created_at, %(midnights)s::timestamptz[]),
        '', run.model, run.api_key_id, run.origin, coalesce(run.person_id, {NOBODY}),
        false, false, counted.*, {UNPRICED}, {ROUGH}, run.cost,
        NULL::float8, NULL::float8, NULL::float8, NULL::float8
    FROM direct_call run
    {COUNTED}
    WHERE run.project_id = %(project)s AND %(assistant)s = ''
        AND run.created_at >= %(since)s AND run.created_at < %(until)s
        AND (%(model)s = '' OR run.model = %(model)s)
        AND (%(any_key)s OR run.api_key_id = %(key)s)
        AND (%(origin)s = '' OR run.origin = %(origin)s)
        AND (%(any_person)s OR coalesce(run.person_id, {NOBODY}) = %(person)s)
)
"""
_SUMS = """
SELECT day, assistant_id, model, api_key_id, origin, person_id,
    count(*) FILTER (WHERE is_run),
    count(*) FILTER (WHERE NOT is_run), count(*) FILTER (WHERE wrong),
    sum(prompt), sum(cached), sum(completion), bool_or(estimated), sum(cost), bool_or(unpriced),
    bool_or(rough),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY queued),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY first_token),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY total),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY waited)
FROM runs
"""
_SEPARATELY = """
GROUP BY GROUPING SETS ((), (day), (assistant_id), (model), (api_key_id), (origin), (person_id))
ORDER BY day, sum(prompt) + sum(completion) DESC, assistant_id, model, api_key_id, origin, person_id
"""
_TOGETHER = """
GROUP BY day, assistant_id, model, api_key_id, origin, person_id
ORDER BY day, assistant_id, model, api_key_id, origin, person_id
"""
WRONG = (run_status.FAILED, run_status.EXPIRED)

Spread = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over some runs, and over `calls`: requests to models that belong to no run.

    `cost` is in dollars, or None if no model has a price; `unpriced` says that some have none.
    `rough`: some costs are by a later day's price or by that of another model. `estimated` says
    that we counted some of the tokens. `queued`, `first_token` and `total` are seconds since the
    request, as median and 95th percentile, or None if no run got that far. `waited` is the time for
    which runs waited for outputs of functions, without the runs that didn't wait. It isn't part of
    `total`.
    """

    runs: int = 0
    calls: int = 0
    errors: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    estimated: bool = False
    cost: Decimal | None = None
    unpriced: bool = False
    rough: bool = False
    queued: Spread | None = None
    first_token: Spread | None = None
    total: Spread | None = None
    waited: Spread | None = None


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The usage of a range of days: of all runs, and by day, assistant, model, API key, origin and
    person.

    The id of the API key is empty for runs of the site. That of the person is `NOBODY` for service
    keys. The model is empty for runs whose names are hidden from the reader.
    """

    whole: Usage
    days: dict[date, Usage]
    assistants: dict[str, Usage]
    models: dict[str, Usage]
    keys: dict[str, Usage]
    origins: dict[str, Usage]
    people: dict[int, Usage]


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which runs count. Empty texts mean all of them.

    `key` is None for all, "" for the site. `person` is None for all, `NOBODY` for service keys.
    """

    assistant: str = ""
    model: str = ""
    key: str | None = None
    origin: str = ""
    person: int | None = None


ALL_RUNS = UsageFilter()


def usage_report(
    project: Project, first: date, last: date, narrow: UsageFilter = ALL_RUNS
) -> UsageReport:
    """Return the usage of the project's days from `first` to `last`, both included."""
    report = UsageReport(Usage(), {}, {}, {}, {}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(_RUNS + _SUMS + _SEPARATELY, _parameters(project, first, last, narrow))
        # A row of a grouping set has null in the columns that it is not grouped by.
        for day, assistant_id, model, key_id, origin, person_id, *sums in cursor.fetchall():
            usage = _usage(sums)
            if day is not None:
                report.days[first + timedelta(days=day - 1)] = usage
            elif assistant_id is not None:
                # Calls belong to no assistant.
                if assistant_id:
                    report.assistants[assistant_id] = usage
            elif model is not None:
                report.models[model] = usage
            elif key_id is not None:
                report.keys[key_id] = usage
            elif origin is not None:
                report.origins[origin] = usage
            elif person_id is not None:
                report.people[person_id] = usage
            else:
                report = replace(report, whole=usage)
    return report


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The usage of one assistant with one model, API key, origin and person on one day."""

    day: date
    assistant_id: str
    model: str
    key_id: str
    origin: str
    person_id: int
    usage: Usage


def usage_rows(
    project: Project, first: date, last: date, narrow: UsageFilter = ALL_RUNS
) -> list[UsageRow]:
    """Return the usage of these days in the smallest parts, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS + _SUMS + _TOGETHER, _parameters(project, first, last, narrow))
        return [
            UsageRow(
                first + timedelta(days=day - 1),
                assistant_id,
                model,
                key_id,
                origin,
                person_id,
                _usage(sums),
            )
            for day, assistant_id, model, key_id, origin, person_id, *sums in cursor.fetchall()
        ]


def runs_in_usage(
    project: Project, first: date, last: date, narrow: UsageFilter = ALL_RUNS
) -> "QuerySet[Run]":
    """Return the runs that count, in no order, without those that are sealed for the reader."""
    midnights = starts_of(first, last, project.zone)
    rows = Run.objects.filter(
        project=project,
        recorded=False,
        created_at__gte=midnights[0],
        created_at__lt=midnights[-1],
    )
    rows = without_sealed(rows, "thread_id")
    if narrow.assistant:
        rows = rows.filter(assistant_id=narrow.assistant)
    if narrow.model:
        rows = rows.filter(model=narrow.model)
    if narrow.key is not None:
        rows = rows.filter(api_key_id=narrow.key)
    if narrow.origin:
        rows = rows.filter(origin=narrow.origin)
    if narrow.person is not None:
        # Null is nobody, as in the statement above.
        rows = rows.filter(person_id=narrow.person or None)
    return rows


def runs_of_usage(
    project: Project,
    first: date,
    last: date,
    narrow: UsageFilter = ALL_RUNS,
    *,
    only_wrong: bool = False,
    limit: int = 100,
) -> list[tuple[Run, timedelta]]:
    """Return the newest runs that count, or the newest that failed or expired, each with the time
    for which it waited for outputs of functions.
    """
    rows = runs_in_usage(project, first, last, narrow)
    if only_wrong:
        rows = rows.filter(status__in=WRONG)
    runs = list(rows.order_by("-created_at", "-pk")[:limit])
    waited = _waiting_times([run.id for run in runs])
    return [(run, waited.get(run.id, timedelta())) for run in runs]


def _waiting_times(run_ids: list[str]) -> dict[str, timedelta]:
    steps = RunStep.objects.filter(run_id__in=run_ids, waits_since__isnull=False)
    end = Coalesce("completed_at", "failed_at", "cancelled_at", "expired_at", Now())
    waited = steps.values("run_id").annotate(waited=Sum(end - F("waits_since")))
    return dict(waited.values_list("run_id", "waited"))


def _parameters(project: Project, first: date, last: date, narrow: UsageFilter) -> dict[str, Any]:
    midnights = starts_of(first, last, project.zone)
    return {
        "project": project.id,
        "midnights": midnights,
        "since": midnights[0],
        "until": midnights[-1],
        "assistant": narrow.assistant,
        "model": narrow.model,
        "key": narrow.key or "",
        "any_key": narrow.key is None,
        "origin": narrow.origin,
        "person": narrow.person or NOBODY,
        "any_person": narrow.person is None,
        "sealed": sealed_threads_of(project),
    }


def _usage(sums: list[Any]) -> Usage:
    runs, calls, errors, prompt, cached, completion, estimated, cost, unpriced, rough, *spreads = (
        sums
    )
    queued, first_token, total, waited = (tuple(spread) if spread else None for spread in spreads)
    return Usage(
        runs=runs,
        calls=calls,
        errors=errors,
        prompt=int(prompt or 0),
        cached=int(cached or 0),
        completion=int(completion or 0),
        estimated=bool(estimated),
        cost=cost,
        unpriced=bool(unpriced),
        rough=bool(rough),
        queued=queued,
        first_token=first_token,
        total=total,
        waited=waited,
    )
