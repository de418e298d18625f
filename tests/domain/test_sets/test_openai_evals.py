"""Evals of OpenAI's API as rows, and back."""

import json

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.openai_evals.writing import evals_document
from assistants_app.domain.test_sets.reading import read_tests
from tests.domain.test_sets.documents import EVAL, PROMPTFOO


def read(document: object) -> ImportedSet:
    found = read_tests(json.dumps(document).encode(), name="eval.json")
    assert found.problems == []
    return found


def test_items_become_rows_with_the_graders_as_checks() -> None:
    found = read(EVAL)
    first, second = [row.content for row in found.rows]
    assert found.format == "openai"
    assert found.name == "Cities"
    assert first["turns"] == [{"role": "user", "content": "About {{city}}?"}]
    assert second["variables"] == {"city": "Rome", "text": "A town", "n": 3}
    assert [check["kind"] for check in first["checks"]] == [
        *("contains_any", "foreign", "judge_labels", "python")
    ]
    assert first["checks"][0] == {
        "kind": "contains_any",
        "values": ["{{city}}"],
        "ignore_case": True,
        "metric": "names it",
    }
    assert not_run(first) == ["the metric 'bleu' doesn't run here"]
    assert any("developer" in note for note in found.notes)


def test_an_eval_comes_back_word_for_word() -> None:
    found = read(EVAL)
    rows = [(f"k{number}", row.content) for number, row in enumerate(found.rows)]
    document = evals_document(found.name, found.kept, rows)
    assert document["testing_criteria"] == EVAL["testing_criteria"]
    source = document["data_source"]
    assert source["input_messages"] == EVAL["data_source"]["input_messages"]  # type: ignore[index]
    assert source["source"]["content"][1]["item"] == {
        "city": "Rome",
        "text": "A town",
        "n": 3,
        "row_id": "k1",
    }
    again = read(document)
    assert [(row.key, row.content) for row in again.rows] == rows
    assert (
        again.kept["openai_evals"]["testing_criteria"]
        == found.kept["openai_evals"]["testing_criteria"]
    )


def test_a_grader_in_python_gets_what_openai_gives_it() -> None:
    code = read(EVAL).rows[0].content["checks"][3]["code"]
    names: dict[str, object] = {}
    exec(code.replace("return 1.0", "return float(sample['output_text'] == item['a'])"), names)
    grade = names["grade"]
    assert callable(grade)
    assert grade({"text": "x"}, {"variables": {"a": "x"}}) == 1.0


def test_rows_of_other_tools_survive_the_way_through_an_eval() -> None:
    rows = [
        (f"k{number}", row.content)
        for number, row in enumerate(read_tests(PROMPTFOO.encode(), name="a.yaml").rows)
    ]
    again = read(evals_document("x", {}, rows))
    assert [(row.key, row.content) for row in again.rows] == rows


def test_samples_of_the_earlier_evals_are_read() -> None:
    line = {
        "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}],
        "ideal": "4",
    }
    [row] = read_tests(json.dumps(line).encode(), name="samples.jsonl").rows
    assert row.content["turns"] == [{"role": "user", "content": "2+2?"}]
    assert row.content["expected"] == {"ideal": "4"}
    assert row.content["kept"] == {"openai_evals": {"messages": [line["input"][0]]}}


@pytest.mark.parametrize(
    "source",
    [None, {}, {"source": {"type": "file_id", "id": "file-1"}}, {"source": 3}, []],
)
def test_an_eval_without_items_is_refused(source: object) -> None:
    with pytest.raises(InvalidRequest, match="no items"):
        read({"testing_criteria": [], "data_source": source})
