"""Reads of the values of runs' variables."""

from collections.abc import Set
from typing import Any

from assistants_app.models import Run


def values_of_runs(run_ids: Set[str]) -> dict[str, dict[str, Any]]:
    """Return the values of the variables of these runs, by run.

    Takes one query, or none without runs.
    """
    if not run_ids:
        return {}
    rows = Run.objects.filter(pk__in=run_ids).values_list("pk", "variables")
    return {run_id: values or {} for run_id, values in rows}
