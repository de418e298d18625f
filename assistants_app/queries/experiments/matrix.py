"""The matrix of an experiment: a page of rows with their cells, regressions first."""

import json
from collections import defaultdict
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import Any, Final

from django.db import connection

from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, ExperimentCell, ExperimentRow, ExperimentVariant
from assistants_app.models.experiments.snapshots import CellGroup, MatrixPage, MatrixRow
from assistants_app.queries.experiments.experiments import variants_of

ROWS: Final = 50
ALL, WORSE, BETTER, FAILED, DISAGREEING, WITHOUT = SHOWN = (
    *("all", "worse", "better", "failed", "disagreeing", "without"),
)
"""What a page shows: all rows, those that a variant is worse or better in, those with a repeat that
failed, those whose repeats with a variant disagree, and those with one that ended without a result.
"""
REGRESSIONS, AS_IN_SET = SORTS = ("regressions", "set")

# The main metric's average of each row and variant. `worst` and `best` are the differences from
# the baseline of the variants that are furthest below and above it. Differences of averages that
# are smaller than 1e-9 come from the rounding of floats. After the row's ID, a column for each of
# what a page may show, in their order.
_FOUND = """
    WITH groups AS (
        SELECT cell.row_id, variant.position, avg(cell.figure) AS figure,
            count(*) FILTER (WHERE cell.passed) AS passed,
            count(*) FILTER (WHERE NOT cell.passed) AS failed,
            count(*) FILTER (WHERE cell.state = ANY(%(without)s)) AS without
        FROM experiment_cell cell JOIN experiment_variant variant ON variant.id = cell.variant_id
        WHERE cell.experiment_id = %(experiment)s GROUP BY cell.row_id, variant.position
    ), compared AS (
        SELECT one.row_id, min(one.figure - base.figure) FILTER (WHERE one.position > 0) AS worst,
            max(one.figure - base.figure) FILTER (WHERE one.position > 0) AS best,
            sum(one.failed) AS failed, sum(one.without) AS without,
            bool_or(one.passed > 0 AND one.failed > 0) AS disagreeing
        FROM groups one LEFT JOIN groups base ON base.row_id = one.row_id AND base.position = 0
        GROUP BY one.row_id
    )
    SELECT row.id, TRUE, coalesce(worst < -1e-9, FALSE), coalesce(best > 1e-9, FALSE),
        coalesce(failed > 0, FALSE), coalesce(disagreeing, FALSE), coalesce(without > 0, FALSE)
    FROM experiment_row row LEFT JOIN compared ON compared.row_id = row.id
    WHERE row.experiment_id = %(experiment)s {narrowed} ORDER BY {order}
"""
# In what people have written, and not in the JSON around it, in which quotes are escaped.
_TEXT = """
    AND (row.key ILIKE %(text)s OR row.content ->> 'description' ILIKE %(text)s
        OR EXISTS (
            SELECT FROM json_array_elements(coalesce(row.content -> 'turns', '[]')) AS turn
            WHERE turn ->> 'content' ILIKE %(text)s
        ) OR EXISTS (
            SELECT FROM json_each_text(coalesce(row.content -> 'variables', '{}')) AS variable
            WHERE variable.value ILIKE %(text)s
        ))
"""
_TAG = " AND (row.content ->> 'tags')::jsonb @> %(tag)s::jsonb"
_ORDERS = {
    # Then the rows in which nothing got worse, and last those without a result to compare.
    REGRESSIONS: "worst NULLS LAST, row.position",
    AS_IN_SET: "row.position",
}


@dataclass(frozen=True, slots=True)
class MatrixView:
    """The filter, order and page of a matrix that a reader has chosen.

    `text` is in the row's key, description, messages or variables, and `tag` is one of its tags.
    """

    page: int = 1
    shown: str = ALL
    sort: str = REGRESSIONS
    text: str = ""
    tag: str = ""


def matrix_page(experiment: Experiment, view: MatrixView, *, rows: int = ROWS) -> MatrixPage:
    """Return a page of the matrix. Its cells have no outcomes of checks, which are long.

    A page beyond the last one is the last.
    """
    variants = variants_of(experiment)
    found = _find(experiment, view)
    counts = {shown: sum(flags[place] for _, *flags in found) for place, shown in enumerate(SHOWN)}
    place = SHOWN.index(view.shown)
    ids = [row_id for row_id, *flags in found if flags[place]]
    pages = max(ceil(len(ids) / rows), 1)
    number = min(max(view.page, 1), pages)
    items = _with_cells(ids[(number - 1) * rows : number * rows], variants)
    return MatrixPage(variants, items, number, len(ids), pages, counts)


def matrix_row(experiment: Experiment, key: str) -> MatrixRow | None:
    """Return one row of the matrix, or None if the experiment has none of this key."""
    row = ExperimentRow.objects.filter(experiment=experiment, key=key).first()
    return _with_cells([row.pk], variants_of(experiment))[0] if row else None


def _find(experiment: Experiment, view: MatrixView) -> list[tuple[Any, ...]]:
    narrowed = (_TEXT if view.text else "") + (_TAG if view.tag else "")
    text = view.text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    values: dict[str, Any] = {
        "experiment": experiment.pk,
        "without": list(states.RETRIED),
        "text": f"%{text}%".replace("\0", "\ufffd"),
        "tag": json.dumps([view.tag]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(narrowed=narrowed, order=_ORDERS[view.sort]), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _with_cells(ids: list[int], variants: list[ExperimentVariant]) -> list[MatrixRow]:
    rows = ExperimentRow.objects.in_bulk(ids)
    cells: dict[tuple[int, int], list[ExperimentCell]] = defaultdict(list)
    found = ExperimentCell.objects.filter(row__in=ids).defer("outcomes", "earlier", "result")
    for cell in found.order_by("repeat"):
        cells[cell.row_id, cell.variant_id].append(cell)
    return [
        MatrixRow(
            rows[row_id],
            [
                CellGroup(
                    variant,
                    cells[row_id, variant.pk],
                    None
                    if variant.is_baseline
                    else _change(cells[row_id, variants[0].pk], cells[row_id, variant.pk]),
                )
                for variant in variants
            ],
        )
        for row_id in ids
    ]


def _change(before: list[ExperimentCell], after: list[ExperimentCell]) -> float | None:
    means = [
        fmean(known) if (known := [one.figure for one in side if one.figure is not None]) else None
        for side in (before, after)
    ]
    return None if means[0] is None or means[1] is None else means[1] - means[0]
