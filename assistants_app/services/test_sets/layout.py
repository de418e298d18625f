"""The layout of a set: the order of its rows, and the order and names of its columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.columns import ordered, renamed, shifted, without
from assistants_app.domain.test_sets.editing import EXPECTED, VARIABLE, named_column
from assistants_app.models import Project, TestSet, WorkingRow
from assistants_app.queries.test_sets.sets import column_names
from assistants_app.services.act import act
from assistants_app.services.locks import lock_test_set
from assistants_app.services.test_sets.revisions import replace_rows


@act()
def move_test_rows(*, project: Project, set_id: str, keys: Sequence[str], to: int) -> None:
    """Move rows, so that the first of them becomes row number `to`. The others follow it.

    A number beyond the last row stands for the last place. Raises :class:`NotFound`, and
    :class:`InvalidRequest` if none of the rows exists.
    """
    test_set = lock_test_set(project, set_id)
    rows = list(WorkingRow.objects.filter(test_set=test_set).order_by("position", "pk"))
    wanted = set(keys)
    moved = [row for row in rows if row.key in wanted]
    if not moved:
        raise InvalidRequest("The row doesn't exist any more. Load the page again.")
    others = [row for row in rows if row.key not in wanted]
    at = min(max(to - 1, 0), len(others))
    changed = []
    for place, row in enumerate([*others[:at], *moved, *others[at:]], 1):
        if row.position != place:
            row.position = place
            changed.append(row)
    WorkingRow.objects.bulk_update(changed, ["position"], batch_size=1000)


@act()
def order_test_columns(*, project: Project, set_id: str, column: str, side: str) -> None:
    """Move a column to the left or right. Raises :class:`NotFound` and :class:`InvalidRequest`."""
    test_set = lock_test_set(project, set_id)
    columns = ordered(_columns(test_set), test_set.columns)
    test_set.columns = shifted(columns, column, side)
    test_set.save(update_fields=["columns"])


def _columns(test_set: TestSet) -> list[str]:
    variables, expected = column_names(test_set)
    return [
        *(f"{VARIABLE}{name}" for name in variables),
        *(f"{EXPECTED}{name}" for name in expected),
    ]


@act()
def rename_test_column(
    *, project: Project, set_id: str, column: str, name: str, author: User | None
) -> None:
    """Rename a variable or an expected value in all rows, with its marks in messages and checks.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a name that can't be or is taken.
    """
    test_set = lock_test_set(project, set_id)
    _field, old = named_column(column)
    new = f"{column.removesuffix(old)}{name.strip()}"
    columns = _columns(test_set)
    if not name.strip():
        raise InvalidRequest("Enter a name.", param="name")
    if new in columns and new != column:
        raise InvalidRequest(f"There is a column '{name.strip()}' already.", param="name")
    _change(test_set, column, lambda row: renamed(row, column, name.strip()), author)
    test_set.columns = [new if one == column else one for one in ordered(columns, test_set.columns)]
    test_set.save(update_fields=["columns"])


@act()
def delete_test_column(*, project: Project, set_id: str, column: str, author: User | None) -> None:
    """Remove a variable or an expected value from all rows.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a column that has to stay.
    """
    test_set = lock_test_set(project, set_id)
    named_column(column)
    _change(test_set, column, lambda row: without(row, column), author)


def _change(
    test_set: TestSet,
    column: str,
    change: Callable[[Mapping[str, Any]], dict[str, Any]],
    author: User | None,
) -> None:
    field, name = named_column(column)
    rows = WorkingRow.objects.select_related("row").filter(test_set=test_set)
    found = [one for one in rows if name in one.row.content.get(field, {})]
    replace_rows(test_set, [(one, change(one.row.content)) for one in found], author)
