"""Reads of a test set for an experiment that isn't created yet."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.metrics import NAMED
from assistants_app.domain.test_sets.promptfoo.assertions import FOREIGN
from assistants_app.models import Experiment, ExperimentCell, Project, TestSet, WorkingRow

_SIZE = """
    SELECT count(*), coalesce(sum(coalesce((row.content ->> 'repeats')::int, %(repeats)s)), 0),
        count(*) FILTER (WHERE NOT EXISTS (
            SELECT FROM (
                SELECT one FROM json_array_elements(coalesce(row.content -> 'checks', '[]')) AS one
                UNION ALL
                SELECT one FROM json_each(coalesce(row.content -> 'turn_checks', '{}')) AS turn,
                    json_array_elements(turn.value) AS one
            ) AS checks
            WHERE one ->> 'kind' <> %(foreign)s AND CASE
                WHEN %(metric)s::text IS NULL THEN coalesce((one ->> 'weight')::float, 1) > 0
                ELSE one ->> 'metric' = %(metric)s
            END
        ))
    FROM test_working_row w JOIN test_row row ON row.id = w.row_id
    WHERE w.test_set_id = %(set)s AND (%(keys)s::text[] IS NULL OR w.key = ANY(%(keys)s))
"""


def rows_that_failed(project: Project, set_id: str) -> frozenset[str]:
    """Return the keys of rows with a failed reply in the newest experiment that is done.

    Those that the test set has no more are left out.
    """
    done = Experiment.objects.filter(
        project=project, test_set_id=set_id, state=states.DONE, deleted_at=None
    )
    newest = done.order_by("-pk").values_list("pk", flat=True).first()
    failed = ExperimentCell.objects.filter(experiment=newest, passed=False)
    working = WorkingRow.objects.filter(
        test_set=set_id, test_set__project=project, key__in=failed.values("row__key")
    )
    return frozenset(working.values_list("key", flat=True))


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows an experiment has, and how many cells with each variant.

    The replies to `unchecked` rows get no figure, because no check of them counts for the metric.
    """

    rows: int
    cells: int
    unchecked: int


def size_of_experiment(
    test_set: TestSet, *, metric: str, repeats: int, keys: Collection[str] | None = None
) -> Size:
    """Return the size of an experiment on the working copy, or on its rows with these `keys`."""
    named = metric.removeprefix(NAMED) if metric.startswith(NAMED) else None
    values: dict[str, Any] = {
        "set": test_set.pk,
        "repeats": repeats,
        "keys": None if keys is None else list(keys),
        "metric": named,
        "foreign": FOREIGN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SIZE, values)
        rows, cells, unchecked = cursor.fetchone()
    return Size(rows, cells, unchecked)
