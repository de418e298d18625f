"""Which rows can be stored: what is accepted, everything else can read."""

from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.check_drafts import drafts_of
from assistants_app.domain.test_sets.columns import renamed, without
from assistants_app.domain.test_sets.csv_out import csv_lines
from assistants_app.domain.test_sets.editing import ALL_CHECKS, cell_text, with_cell
from assistants_app.domain.test_sets.jsonl import jsonl_lines
from assistants_app.domain.test_sets.messages import user_turn
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.openai_evals.writing import evals_document
from assistants_app.domain.test_sets.promptfoo.writing import promptfoo_document
from assistants_app.domain.test_sets.rows import FIELDS, content_of, digest_of, problems_of

EQUALS = {"kind": "equals", "value": "x"}
ODD: list[Any] = [
    *(5, "x", True, 1e300, [5], ["x"], [[]], [None], [{}], {"a": 5}, {"a": []}, {"f": None}),
    *([{"name": 5}], [{"sha256": []}], {"tape": 5}, {"promptfoo": 5}, {"promptfoo": "x"}),
    *({"promptfoo": {"test": 5}}, {"promptfoo": {"test": {"options": 5}}}),
    *({"promptfoo": {"asserts": 5}}, {"promptfoo": {"asserts": [5]}}),
    *({"promptfoo": {"asserts": [{"check": EQUALS}]}}, {"openai_evals": 5}, {"playground": 5}),
    *({"0": 5}, {"x": []}, {"9" * 5000: []}, {"\u00b2": [EQUALS]}, {"00": [EQUALS]}),
]
COLUMNS = (
    *("message", "checks", ALL_CHECKS, "tags", "description", "repeats", "threshold"),
    *("variable:a", "expected:a"),
)


@pytest.mark.parametrize("field", FIELDS)
def test_what_can_be_stored_can_be_shown_edited_and_exported(field: str) -> None:
    foreign = [{"kind": "foreign", "kept": {"promptfoo": 5, "type": ["x"], "reason": 5}}]
    base = {"turns": [user_turn("{{a}}")], "checks": [EQUALS, *foreign]}
    stored = 0
    for value in ODD:
        row = content_of({**base, field: value})
        if problems_of(row):
            continue
        stored += 1
        not_run(row), digest_of(row), renamed(row, "variable:a", "b"), without(row, "variable:a")
        assert [draft.words for draft in drafts_of(row)]
        for column in COLUMNS:
            cell_text(row, column)
        for lines in (csv_lines([("k", row)]), jsonl_lines([("k", row)])):
            assert list(lines)
        promptfoo_document("n", {}, [("k", row)])
        evals_document("n", {}, [("k", row)])
    assert stored < len(ODD)


def test_a_message_has_one_name_in_the_checks() -> None:
    row = {"turns": [user_turn("a"), user_turn("b")]}
    assert problems_of({**row, "turn_checks": {"1": [EQUALS]}}) == []
    for name in ("2", "01", "+1", "\u0661", "-1", ""):
        [problem] = problems_of({**row, "turn_checks": {name: [EQUALS]}})
        assert "which the row doesn't have" in problem


def test_all_checks_are_one_cell() -> None:
    row = {"turns": [user_turn("a")], "checks": [EQUALS], "turn_checks": {"0": [EQUALS]}}
    text = cell_text(row, ALL_CHECKS)
    assert with_cell({"turns": row["turns"]}, ALL_CHECKS, text) == row
    assert with_cell(row, ALL_CHECKS, "") == {"turns": row["turns"]}
    assert cell_text({}, ALL_CHECKS) == ""
    for bad in ("[]", "{", "5", "[" * 100_000):
        with pytest.raises(InvalidRequest):
            with_cell(row, ALL_CHECKS, bad)
