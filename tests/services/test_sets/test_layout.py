"""The order of rows, and the order and names of columns."""

from collections.abc import Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import TestSet
from assistants_app.queries.test_sets.sets import column_names, place_of_row
from assistants_app.services.test_sets.layout import (
    delete_test_column,
    move_test_rows,
    order_test_columns,
    rename_test_column,
)
from assistants_app.services.test_sets.rows import add_checks, delete_test_rows
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, new_set, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def texts(test_set: TestSet) -> str:
    return "".join(row.row.content["turns"][0]["content"] for row in rows_of(test_set))


def test_rows_are_moved_to_a_number(cast: Cast) -> None:
    test_set = new_set(cast, *"abcde")
    keys = {row.row.content["turns"][0]["content"]: row.key for row in rows_of(test_set)}
    # Numbers of places have a hole now.
    delete_test_rows(project=cast.project, set_id=test_set.id, keys=[keys["b"]])

    def move(rows: str, to: int) -> str:
        wanted = [keys[row] for row in rows]
        move_test_rows(project=cast.project, set_id=test_set.id, keys=wanted, to=to)
        return texts(test_set)

    assert move("d", 1) == "dace"
    assert move("d", 2) == "adce"
    assert move("d", 99) == "aced"
    assert move("da", 2) == "cade"
    assert move("c", 0) == "cade"
    with pytest.raises(InvalidRequest):
        move("b", 1)
    assert place_of_row(rows_of(test_set)[2]) == (3, 4)
    add_row(cast, test_set, "f")
    assert texts(test_set) == "cadef"


def test_columns_are_ordered_renamed_and_removed(cast: Cast) -> None:
    test_set = new_set(cast)
    add_row(cast, test_set, "{{a}}", variables={"a": "1", "b": "2"}, expected={"c": "3"})
    add_row(cast, test_set, "{{b}}", variables={"b": "2"})

    def in_set(**more: str) -> dict[str, object]:
        return {"project": cast.project, "set_id": test_set.id, **more}

    order_test_columns(**in_set(column="expected:c", side="left"))  # type: ignore[arg-type]
    test_set.refresh_from_db()
    assert test_set.columns == ["variable:a", "expected:c", "variable:b"]
    renaming = {"author": cast.bob, **in_set(column="variable:a")}
    for name in ("b", " ", "x{y}", "x" * 300):
        with pytest.raises(InvalidRequest):
            rename_test_column(name=name, **renaming)  # type: ignore[arg-type]
    rename_test_column(name=" city ", **renaming)  # type: ignore[arg-type]
    test_set.refresh_from_db()
    assert test_set.columns == ["variable:city", "expected:c", "variable:b"]
    first, second = rows_of(test_set)
    assert first.row.content["turns"][0]["content"] == "{{city}}"
    # A row that doesn't have the column has no new revision.
    assert (first.row.revision, second.row.revision) == (2, 1)
    delete_test_column(author=cast.bob, **in_set(column="expected:c"))  # type: ignore[arg-type]
    assert column_names(test_set) == (["city", "b"], [])
    with pytest.raises(InvalidRequest):
        delete_test_column(author=cast.bob, **in_set(column="message"))  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        order_test_columns(
            project=cast.other_project, set_id=test_set.id, column="variable:b", side="left"
        )


def test_rows_get_checks_at_once_and_none_twice(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    polite = {"kind": "judge_rubric", "rubric": "Polite"}
    short = {"kind": "length", "most": 60}
    third = add_row(cast, test_set, "c", checks=[short])

    def give(
        *checks: Mapping[str, object], keys: list[str] | None = None, replaces: bool = False
    ) -> int:
        return add_checks(
            project=cast.project,
            set_id=test_set.id,
            checks=checks,
            keys=keys,
            replaces=replaces,
            author=cast.bob,
        )

    assert give(polite, short) == 3
    assert give(polite, short) == 0
    checks = [row.row.content["checks"] for row in rows_of(test_set)]
    assert checks == [[polite, short], [polite, short], [short, polite]]
    assert give(short, keys=[third.key, third.key], replaces=True) == 1
    assert rows_of(test_set)[2].row.content["checks"] == [short]
    assert give(replaces=True) == 3
    assert "checks" not in rows_of(test_set)[0].row.content
    with pytest.raises(NotFound):
        give(short, keys=["none"])
    with pytest.raises(InvalidRequest):
        give({"kind": "surprise"})


def test_a_move_takes_as_many_queries_for_many_rows_as_for_few(cast: Cast) -> None:
    test_set = new_set(cast, *"abcdefghij")
    counts = []
    for to in (9, 1):
        key = rows_of(test_set)[-1].key
        with CaptureQueriesContext(connection) as queries:
            move_test_rows(project=cast.project, set_id=test_set.id, keys=[key], to=to)
        counts.append(len(queries))
    assert counts[0] == counts[1]
