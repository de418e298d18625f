"""What the runs of an assistant's versions cost, and how long they took."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from assistants_app.models import Project
from assistants_app.queries.run_costs import UNPRICED

# Drafts don't count: `version_number` is only where they began. The index on assistant and version
# finds the runs.
_VERSIONS = f"""
SELECT version_number, count(*), sum(cost), bool_or(unpriced),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT run.version_number, {UNPRICED} AS unpriced, run.cost,
        extract(epoch FROM run.completed_at - run.created_at)::float8 AS seconds
    FROM run
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
