"""What the runs of an assistant's versions cost, and how long they took."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from assistants_app.models import Project

# Drafts don't count: `version_number` is only where they began. The index on assistant and version
# finds the runs. `cached` can't exceed `prompt`, whatever a provider reports.
_VERSIONS = """
SELECT version_number, count(*), sum(cost), bool_or(unpriced),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT run.version_number,
        price.id IS NULL AND counted.prompt + counted.completion > 0 AS unpriced,
        ((counted.prompt - counted.cached) * price.prompt + counted.cached * price.cached
            + counted.completion * price.completion) / 1000000 AS cost,
        extract(epoch FROM run.completed_at - run.created_at)::float8 AS seconds
    FROM run
    CROSS JOIN LATERAL (
        SELECT coalesce((run.usage ->> 'prompt_tokens')::bigint, 0) AS prompt,
            least(coalesce((run.usage ->> 'cached_tokens')::bigint, 0),
                coalesce((run.usage ->> 'prompt_tokens')::bigint, 0)) AS cached,
            coalesce((run.usage ->> 'completion_tokens')::bigint, 0) AS completion
    ) counted
    LEFT JOIN model_price price ON price.project_id = run.project_id AND price.model = run.model
    WHERE run.assistant_id = %(assistant)s AND run.version_number = ANY(%(numbers)s)
        AND run.project_id = %(project)s AND NOT run.used_draft
) runs
GROUP BY version_number
"""


@dataclass(frozen=True, slots=True)
class VersionUsage:
    """The runs of a version.

    `cost` is in dollars, or None if no model has a price; `unpriced` says that some have none.
    `seconds` is the median time of completed runs, or None without any.
    """

    runs: int = 0
    cost: Decimal | None = None
    unpriced: bool = False
    seconds: float | None = None


def usage_of_versions(
    project: Project, assistant_id: str, numbers: Collection[int]
) -> dict[int, VersionUsage]:
    """Return the usage of these versions, by number. Versions without a run are left out."""
    values: dict[str, Any] = {
        "assistant": assistant_id,
        "numbers": list(numbers),
        "project": project.id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, values)
        return {
            number: VersionUsage(runs, cost, bool(unpriced), seconds)
            for number, runs, cost, unpriced, seconds in cursor.fetchall()
        }
