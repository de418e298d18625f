"""Test sets for tests."""

from typing import Any

from assistants_app.models import TestSet, WorkingRow
from assistants_app.services.test_sets.rows import CellEdit, add_test_row
from assistants_app.services.test_sets.sets import create_test_set
from tests.cast import Cast


def new_set(cast: Cast, *questions: str) -> TestSet:
    """Return a test set of the cast's project with a row for each question."""
    test_set = create_test_set(project=cast.project, name="Questions", author=cast.alice)
    for question in questions:
        add_row(cast, test_set, question)
    return test_set


def add_row(cast: Cast, test_set: TestSet, question: str, **fields: Any) -> WorkingRow:
    """Add a row, and return it as part of the working copy."""
    content = {"turns": [{"role": "user", "content": question}], **fields}
    row = add_test_row(project=cast.project, set_id=test_set.id, content=content, author=cast.alice)
    return WorkingRow.objects.get(row=row)


def rows_of(test_set: TestSet) -> list[WorkingRow]:
    """Return the rows of the working copy in their order."""
    rows = WorkingRow.objects.select_related("row").filter(test_set=test_set)
    return list(rows.order_by("position"))


def edit_of(working: WorkingRow, column: str, text: str, before: str = "") -> CellEdit:
    """Return an edit of a cell of the row as it is."""
    return CellEdit(working.key, working.row.revision, {column: text}, {column: before})
