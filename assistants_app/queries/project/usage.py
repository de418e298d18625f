"""What a project's runs took: tokens, cost, errors and times, summed up by PostgreSQL."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from assistants_app.domain.days import starts_of
from assistants_app.models import Project

# One pass over the runs of the range, grouped in five ways at once. `day` counts from 1. Days are
# compared with midnights that Python calculates, not converted with AT TIME ZONE: PostgreSQL has
# time zone data of its own, which may not know a zone that a browser names, or may disagree about
# its midnights, so that a run would be in the range and on a day outside of it.
_SQL = """
WITH runs AS MATERIALIZED (
    SELECT width_bucket(run.created_at, %(midnights)s::timestamptz[]) AS day,
        run.assistant_id,
        run.model,
        run.api_key_id,
        run.status IN ('failed', 'expired') AS wrong,
        counted.*,
        price.id IS NULL AND counted.prompt + counted.completion > 0 AS unpriced,
        ((counted.prompt - counted.cached) * price.prompt + counted.cached * price.cached
            + counted.completion * price.completion) / 1000000 AS cost,
        extract(epoch FROM run.started_at - run.created_at)::float8 AS queued,
        extract(epoch FROM (
            SELECT min(step.first_token_at) FROM run_step step WHERE step.run_id = run.id
        ) - run.created_at)::float8 AS first_token,
        extract(epoch FROM coalesce(run.completed_at, run.failed_at, run.cancelled_at)
            - run.created_at)::float8 AS total
    FROM run
    CROSS JOIN LATERAL (
        SELECT coalesce((run.usage ->> 'prompt_tokens')::bigint, 0) AS prompt,
            least(coalesce((run.usage ->> 'cached_tokens')::bigint, 0),
                coalesce((run.usage ->> 'prompt_tokens')::bigint, 0)) AS cached,
            coalesce((run.usage ->> 'completion_tokens')::bigint, 0) AS completion,
            coalesce((run.usage ->> 'estimated')::bigint, 0) > 0 AS estimated
    ) counted
    LEFT JOIN model_price price ON price.project_id = run.project_id AND price.model = run.model
    WHERE run.project_id = %(project)s
        AND run.created_at >= %(since)s AND run.created_at < %(until)s
)
SELECT day, assistant_id, model, api_key_id, count(*), count(*) FILTER (WHERE wrong),
    sum(prompt), sum(cached), sum(completion), bool_or(estimated), sum(cost), bool_or(unpriced),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY queued),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY first_token),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY total)
FROM runs
GROUP BY GROUPING SETS ((), (day), (assistant_id), (model), (api_key_id))
ORDER BY day, sum(prompt) + sum(completion) DESC, assistant_id, model, api_key_id
"""

Spread = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over runs. `cost` in dollars, None if no model had a price; `unpriced`: some had none.
    Times in seconds, median and 95th percentile, None if no run came so far.
    """

    runs: int = 0
    errors: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    estimated: bool = False
    cost: Decimal | None = None
    unpriced: bool = False
    queued: Spread | None = None
    first_token: Spread | None = None
    total: Spread | None = None


@dataclass(frozen=True, slots=True)
class UsageReport:
    """All runs of a range, and the same by day, by assistant's id, by model and by API key's id,
    which is empty for runs of the site.
    """

    whole: Usage
    days: dict[date, Usage]
    assistants: dict[str, Usage]
    models: dict[str, Usage]
    keys: dict[str, Usage]


def usage_report(project: Project, first: date, last: date) -> UsageReport:
    """Return the usage of the project's days from `first` to `last`, both included."""
    report = UsageReport(Usage(), {}, {}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(_SQL, _parameters(project, first, last))
        for day, assistant_id, model, key_id, *sums in cursor.fetchall():
            usage = _usage(sums)
            if day is not None:
                report.days[first + timedelta(days=day - 1)] = usage
            elif assistant_id is not None:
                report.assistants[assistant_id] = usage
            elif model is not None:
                report.models[model] = usage
            elif key_id is not None:
                report.keys[key_id] = usage
            else:
                report = replace(report, whole=usage)
    return report


def _parameters(project: Project, first: date, last: date) -> dict[str, Any]:
    midnights = starts_of(first, last, project.zone)
    return {
        "project": project.id,
        "midnights": midnights,
        "since": midnights[0],
        "until": midnights[-1],
    }


def _usage(sums: list[Any]) -> Usage:
    runs, errors, prompt, cached, completion, estimated, cost, unpriced, *spreads = sums
    queued, first_token, total = (tuple(spread) if spread else None for spread in spreads)
    return Usage(
        runs=runs,
        errors=errors,
        prompt=int(prompt or 0),
        cached=int(cached or 0),
        completion=int(completion or 0),
        estimated=bool(estimated),
        cost=cost,
        unpriced=bool(unpriced),
        queued=queued,
        first_token=first_token,
        total=total,
    )
