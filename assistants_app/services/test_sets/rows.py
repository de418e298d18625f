"""Add, edit and delete rows of test sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from assistants_app.domain.errors import Conflict, NotFound
from assistants_app.domain.test_sets.editing import cell_text, with_cell
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.matching import plan_import
from assistants_app.models import Project, TestRow, TestSet, WorkingRow
from assistants_app.queries.test_sets.sets import known_rows
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.locks import lock_test_set
from assistants_app.services.test_sets.imported_tapes import with_known_tapes
from assistants_app.services.test_sets.revisions import (
    RowChanged,
    add_rows,
    remove_rows,
    replace_row,
    replace_rows,
)


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Texts for cells of a row, by column. `before` has the texts that the page showed.

    Without a `key`, it is a new row.
    """

    key: str
    revision: int
    cells: Mapping[str, str]
    before: Mapping[str, str]


@act()
def add_test_row(
    *, project: Project, set_id: str, content: Mapping[str, Any], author: User | None
) -> TestRow:
    """Append a row. Raises :class:`NotFound` and :class:`InvalidRequest`."""
    return add_rows(lock_test_set(project, set_id), [("", content)], author)[0]


@act()
def edit_test_cells(
    *,
    project: Project,
    set_id: str,
    edits: Sequence[CellEdit],
    author: User | None,
    removed: Mapping[str, int] | None = None,
) -> list[TestRow]:
    """Change cells, all of them or none, and add the rows without a key. Return the revisions.

    `removed` has keys and revisions of rows that an edit had added which is taken back now. Raises
    :class:`NotFound` for a row, :class:`InvalidRequest` for a text, and :class:`RowChanged` if
    somebody else has changed one of these cells or rows since.
    """
    test_set = lock_test_set(project, set_id)
    if removed:
        _remove_unchanged(test_set, removed)
    rows = _locked_rows(test_set, [edit.key for edit in edits if edit.key])
    contents = [(rows[edit.key], _edited(rows[edit.key], edit)) for edit in edits if edit.key]
    made = replace_rows(test_set, contents, author)
    new = [("", _with_cells({}, edit.cells)) for edit in edits if not edit.key]
    return [*made, *(add_rows(test_set, new, author) if new else [])]


def _remove_unchanged(test_set: TestSet, removed: Mapping[str, int]) -> None:
    rows = list(_locked_rows(test_set, list(removed)).values())
    for working in rows:
        if working.row.revision != removed[working.key]:
            raise RowChanged(working.row)
    remove_rows(test_set, rows)


def _edited(working: WorkingRow, edit: CellEdit) -> dict[str, Any]:
    content = working.row.content
    if working.row.revision != edit.revision:
        # Another cell of the same row is nobody's conflict.
        for column in edit.cells:
            # Browsers send and show line ends of one kind only.
            now = cell_text(content, column).replace("\r\n", "\n")
            if now != edit.before.get(column, "").replace("\r\n", "\n"):
                raise RowChanged(working.row, column)
    return _with_cells(content, edit.cells)


def _with_cells(content: Mapping[str, Any], cells: Mapping[str, str]) -> dict[str, Any]:
    made = dict(content)
    for column, text in cells.items():
        made = with_cell(made, column, text)
    return made


@act()
def replace_test_row(
    *,
    project: Project,
    set_id: str,
    key: str,
    revision: int,
    content: Mapping[str, Any],
    author: User | None,
) -> TestRow:
    """Give a row another content as a whole.

    Raises :class:`NotFound`, :class:`InvalidRequest`, and :class:`RowChanged` if `revision` isn't
    the row's last one.
    """
    test_set = lock_test_set(project, set_id)
    working = _locked_rows(test_set, [key])[key]
    if working.row.revision != revision:
        raise RowChanged(working.row)
    return replace_row(test_set, working, content, author)


@act()
def add_checks(
    *,
    project: Project,
    set_id: str,
    checks: Sequence[Mapping[str, Any]],
    keys: Sequence[str] | None,
    replaces: bool,
    author: User | None,
) -> int:
    """Add checks to these rows, or to all for None. Return the number of rows that have changed.

    If `replaces`, they take the place of the rows' checks of the whole thread. A row that has one
    of them already doesn't get it twice. Raises :class:`NotFound` and :class:`InvalidRequest`.
    """
    test_set = lock_test_set(project, set_id)
    if keys is None:
        rows = list(WorkingRow.objects.select_related("row").filter(test_set=test_set))
    else:
        rows = list(_locked_rows(test_set, list(dict.fromkeys(keys))).values())
    before = {working.key: working.row.revision for working in rows}
    contents = []
    for working in rows:
        own = [] if replaces else working.row.content.get("checks", [])
        more = [check for check in checks if check not in own]
        contents.append((working, {**working.row.content, "checks": [*own, *more]}))
    made = replace_rows(test_set, contents, author)
    return sum(row.revision != before[row.key] for row in made)


@act()
def delete_test_rows(*, project: Project, set_id: str, keys: Sequence[str]) -> list[WorkingRow]:
    """Take rows out of the working copy. Return them as they were. Raises :class:`NotFound`."""
    test_set = lock_test_set(project, set_id)
    rows = WorkingRow.objects.select_related("row").filter(test_set=test_set, key__in=keys)
    found = list(rows)
    remove_rows(test_set, found)
    return found


@dataclass(frozen=True, slots=True)
class Imported:
    """The numbers of rows that an import has added, changed and skipped."""

    added: int
    changed: int
    same: int


@act()
def import_test_rows(
    *, project: Project, set_id: str, imported: ImportedSet, author: User | None
) -> Imported:
    """Add the rows of a file, and change those that the set has already with other contents.

    Raises :class:`NotFound` and :class:`InvalidRequest`.
    """
    test_set = lock_test_set(project, set_id)
    imported = with_known_tapes(project, imported)
    plan = plan_import(known_rows(test_set), imported.rows)
    rows = _locked_rows(test_set, [key for key, _row in plan.changed])
    replace_rows(test_set, [(rows[key], row.content) for key, row in plan.changed], author)
    add_rows(test_set, [(row.key, row.content) for row in plan.new], author)
    test_set.kept = {**test_set.kept, **imported.kept}
    test_set.save(update_fields=["kept"])
    counts = Imported(len(plan.new), len(plan.changed), plan.same)
    note(
        "import_test_rows",
        project=project,
        target_type="test_set",
        target_id=test_set.pk,
        target_name=test_set.name,
        details={
            "format": imported.format,
            "added": counts.added,
            "changed": counts.changed,
            "same": counts.same,
        },
    )
    return counts


def _locked_rows(test_set: TestSet, keys: Sequence[str]) -> dict[str, WorkingRow]:
    rows = WorkingRow.objects.select_related("row").filter(test_set=test_set, key__in=keys)
    found = {working.key: working for working in rows}
    for key in keys:
        if key not in found:
            raise NotFound("row", key)
    if len(set(keys)) != len(keys):
        raise Conflict("A row is named twice. Load the page again.")
    return found
