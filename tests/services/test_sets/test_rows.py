"""Rows of test sets: edits of cells, imports, and versions that keep theirs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.test_sets.reading import read_tests
from assistants_app.models import AuditEntry, TestRow, TestSet, WorkingRow
from assistants_app.queries.test_sets.sets import (
    column_names,
    rows_of_version,
    working_rows,
)
from assistants_app.services.test_sets.revisions import RowChanged
from assistants_app.services.test_sets.rows import (
    CellEdit,
    delete_test_rows,
    edit_test_cells,
    import_test_rows,
    replace_test_row,
)
from assistants_app.services.test_sets.sets import freeze_test_set
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, edit_of, new_set, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def edit(cast: Cast, test_set: TestSet, *edits: CellEdit) -> list[TestRow]:
    return edit_test_cells(project=cast.project, set_id=test_set.id, edits=edits, author=cast.bob)


def test_an_edit_makes_a_revision_in_the_same_place(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    first, _second = rows_of(test_set)
    [made] = edit(cast, test_set, edit_of(first, "tags", "x, y", ""))
    assert (made.revision, made.author, made.content["tags"]) == (2, cast.bob, ["x", "y"])
    assert [row.row.content["turns"][0]["content"] for row in rows_of(test_set)] == ["a", "b"]
    # No version has the first revision.
    assert TestRow.objects.filter(test_set=test_set).count() == 2


def test_an_edit_that_changes_nothing_makes_no_revision(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    [made] = edit(cast, test_set, edit_of(row, "message", "a", "a"))
    assert made.revision == 1


def test_somebody_elses_value_of_the_same_cell_is_a_conflict(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    edit(cast, test_set, edit_of(row, "message", "bob's", "a"))
    with pytest.raises(RowChanged, match="bob has changed") as refused:
        edit_test_cells(
            project=cast.project,
            set_id=test_set.id,
            edits=[edit_of(row, "message", "alice's", "a")],
            author=cast.alice,
        )
    assert refused.value.row.revision == 2
    assert refused.value.column == "message"
    # Another cell of the row is nobody's conflict.
    [made] = edit(cast, test_set, edit_of(row, "tags", "x", ""))
    assert made.content == {"turns": [{"role": "user", "content": "bob's"}], "tags": ["x"]}


def test_pasted_cells_are_stored_all_or_none(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    first, second = rows_of(test_set)
    new = CellEdit("", 0, {"message": "c", "variable:n": "3"}, {})
    with pytest.raises(InvalidRequest):
        edit(cast, test_set, edit_of(first, "tags", "x", ""), edit_of(second, "message", "", "b"))
    assert rows_of(test_set)[0].row.revision == 1
    edit(cast, test_set, edit_of(first, "tags", "x", ""), new)
    assert [row.row.content.get("tags") for row in rows_of(test_set)] == [["x"], None, None]
    assert column_names(test_set) == (["n"], [])


def test_columns_are_in_the_order_in_which_rows_have_them(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    add_row(cast, test_set, "b", variables={"z": "1", "a": "2"}, expected={"y": "3"})
    add_row(cast, test_set, "c", variables={"m": "1", "a": "2"})
    assert column_names(test_set) == (["z", "m", "a"], ["y"]) or column_names(test_set) == (
        ["z", "a", "m"],
        ["y"],
    )


def test_rows_are_found_by_text_and_tag(cast: Cast) -> None:
    test_set = new_set(cast, 'What is a "quote"?')
    add_row(cast, test_set, "Other", tags=["maths"])
    assert working_rows(test_set, text='a "quote').count() == 1
    assert working_rows(test_set, tag="maths").count() == 1
    assert working_rows(test_set, tag="math").count() == 0
    assert working_rows(test_set, text="%").count() == 0


def test_versions_keep_rows_that_change_or_go(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    first, second = rows_of(test_set)
    version = freeze_test_set(project=cast.project, set_id=test_set.id, author=cast.alice)
    again = freeze_test_set(project=cast.project, set_id=test_set.id, author=cast.alice)
    assert (version.number, again.pk) == (1, version.pk)
    edit(cast, test_set, edit_of(first, "message", "changed", "a"))
    delete_test_rows(project=cast.project, set_id=test_set.id, keys=[second.key])
    asked = [row.content["turns"][0]["content"] for row in rows_of_version(version)]
    assert asked == ["a", "b"]
    later = freeze_test_set(project=cast.project, set_id=test_set.id, author=cast.alice)
    assert (later.number, len(later.row_ids)) == (2, 1)
    # A row that comes back continues the revisions of its key.
    found = read_tests(
        f'{{"id": "{second.key}", "turns": [{{"role": "user", "content": "b"}}]}}'.encode()
    )
    import_test_rows(project=cast.project, set_id=test_set.id, imported=found, author=cast.alice)
    assert rows_of(test_set)[1].row.revision == 2


def test_a_row_is_replaced_as_a_whole_if_nobody_has_changed_it(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    content = {"turns": [{"role": "user", "content": "z"}]}

    def replace() -> TestRow:
        return replace_test_row(
            project=cast.project,
            set_id=test_set.id,
            key=row.key,
            revision=1,
            content=content,
            author=cast.bob,
        )

    assert replace().revision == 2
    with pytest.raises(RowChanged):
        replace()


def test_an_import_adds_changes_and_skips_and_is_noted(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    first = rows_of(test_set)[0]
    lines = (
        '{"turns": [{"role": "user", "content": "b"}]}\n'
        f'{{"id": "{first.key}", "turns": [{{"role": "user", "content": "A"}}]}}\n'
        '{"id": "mine", "turns": [{"role": "user", "content": "c"}]}\n'
    )
    imported = read_tests(lines.encode())
    for expected in ((1, 1, 1), (0, 0, 3)):
        done = import_test_rows(
            project=cast.project, set_id=test_set.id, imported=imported, author=cast.alice
        )
        assert (done.added, done.changed, done.same) == expected
    asked = [row.row.content["turns"][0]["content"] for row in rows_of(test_set)]
    assert asked == ["A", "b", "c"]
    entry = AuditEntry.objects.filter(verb="import_test_rows").order_by("pk")[0]
    assert entry.details == {"format": "jsonl", "added": 1, "changed": 1, "same": 1}


def test_a_set_has_at_most_so_many_rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TEST_ROWS", 2)
    test_set = new_set(cast, "a", "b")
    with pytest.raises(InvalidRequest, match="at most 2 rows"):
        add_row(cast, test_set, "c")


def test_many_changes_take_as_many_queries_as_few(cast: Cast) -> None:
    test_set = new_set(cast, *(f"Question {number}" for number in range(20)))
    rows = rows_of(test_set)
    counts = []
    for edited in (rows[:2], rows[2:]):
        edits = [edit_of(row, "tags", "x", "") for row in edited]
        with CaptureQueriesContext(connection) as queries:
            edit(cast, test_set, *edits)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_rows_of_other_sets_and_projects_are_not_found(cast: Cast) -> None:
    test_set, other = new_set(cast, "a"), new_set(cast, "b")
    [row] = rows_of(other)
    with pytest.raises(NotFound):
        edit(cast, test_set, edit_of(row, "tags", "x", ""))
    with pytest.raises(NotFound):
        delete_test_rows(project=cast.other_project, set_id=other.id, keys=[row.key])
    assert delete_test_rows(project=cast.project, set_id=test_set.id, keys=[row.key]) == []
    assert WorkingRow.objects.count() == 2
