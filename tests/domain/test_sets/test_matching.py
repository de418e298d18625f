"""Which rows of a file a set has already."""

from typing import Any

from assistants_app.domain.test_sets.imported import ImportedRow
from assistants_app.domain.test_sets.matching import KnownRow, plan_import
from assistants_app.domain.test_sets.rows import digest_of, input_digest_of


def content(question: str, answer: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"turns": [{"role": "user", "content": question}]}
    return {**made, "expected": {"answer": answer}} if answer else made


def known(key: str, row: dict[str, Any]) -> KnownRow:
    return KnownRow(key, digest_of(row), input_digest_of(row))


def row(question: str, answer: str = "", key: str = "") -> ImportedRow:
    return ImportedRow("line 1", content(question, answer), key)


SET = [known("a", content("1", "x")), known("b", content("2")), known("c", content("2", "y"))]


def test_an_id_decides_whether_a_row_is_the_same_or_changed() -> None:
    plan = plan_import(SET, [row("1", "x", "a"), row("9", key="b"), row("9", key="d")])
    assert plan.same == 1
    assert [key for key, _row in plan.changed] == ["b"]
    assert [one.key for one in plan.new] == ["d"]


def test_a_row_without_id_is_the_equal_one_or_the_only_one_that_asks_the_same() -> None:
    plan = plan_import(SET, [row("1", "z"), row("2", "y"), row("2", "new"), row("3")])
    assert plan.same == 1
    assert [key for key, _row in plan.changed] == ["a"]
    # Two rows ask "2", so nobody knows which is meant.
    assert [one.content["turns"][0]["content"] for one in plan.new] == ["2", "3"]


def test_a_row_is_never_matched_twice() -> None:
    plan = plan_import(SET, [row("1", "x"), row("1", "x"), row("1", "x", "a")])
    assert plan.same == 1
    assert len(plan.new) == 2


def test_the_same_file_again_changes_nothing() -> None:
    rows = [row("1", "x"), row("2"), row("2", "y")]
    plan = plan_import(SET, rows)
    assert (plan.same, plan.new, plan.changed) == (3, [], [])
