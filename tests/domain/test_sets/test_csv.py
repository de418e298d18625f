"""CSV files as rows, and back."""

import pytest

from assistants_app.domain.documents.yaml_text import as_yaml
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.csv_out import csv_lines
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.promptfoo.writing import promptfoo_document
from assistants_app.domain.test_sets.reading import read_tests
from tests.domain.test_sets.documents import PROMPTFOO


def read(text: str, **more: str) -> ImportedSet:
    return read_tests(text.encode(), name="tests.csv", **more)


def test_columns_are_variables_and_promptfoos_special_ones() -> None:
    found = read(
        "question,lang,__expected1,__expected2,__metric,__threshold,__description,"
        "__metadata:area,__metadata:tags[],__prefix\n"
        'What is 2+2?,en,equals: 4,"contains-any: four, 4",maths,0.8,Sum,x,"a,b\\,c",Say: \n'
    )
    [row] = found.rows
    assert row.content == {
        "description": "Sum",
        "turns": [{"role": "user", "content": "Say: {{question}}"}],
        "variables": {"question": "What is 2+2?", "lang": "en"},
        "checks": [
            {"kind": "equals", "value": "4", "metric": "maths"},
            {"kind": "contains_any", "values": ["four", "4"], "metric": "maths"},
        ],
        "tags": ["a", "b,c"],
        "threshold": 0.8,
        "metadata": {"area": "x"},
    }


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Paris", "equals"),
        ("contains:Paris", "contains_any"),
        ("not-icontains:Paris", "contains_any"),
        ("similar(0.9):Hello", "similar"),
        ("grade:Is polite", "judge_rubric"),
        ("factuality:Paris is a city", "judge_facts"),
        ("python:len(output) < 3", "python"),
        ("latency:300", "duration"),
        ("cost(0.01)", "cost"),
        ("is-json", "is_json"),
        ("word-count:5", "length"),
        ("javascript:output.length", "foreign"),
        ("file://check.py:f", "foreign"),
        ("file://check.js", "foreign"),
        ("levenshtein(5):x", "foreign"),
    ],
)
def test_an_expected_cell_is_a_check(cell: str, kind: str) -> None:
    [row] = read(f'question,__expected\nx,"{cell}"\n').rows
    assert row.content["checks"][0]["kind"] == kind


def test_a_threshold_of_one_expectation_is_read() -> None:
    [row] = read("q,__expected,__config:__expected:threshold\nx,similar:y,0.6\n").rows
    assert row.content["checks"] == [{"kind": "similar", "value": "y", "threshold": 0.6}]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_of_spreadsheets_are_understood(separator: str) -> None:
    [row] = read(separator.join(("question", "answer")) + "\n" + separator.join("xy")).rows
    assert row.content["variables"] == {"question": "x", "answer": "y"}


def test_every_row_can_ask_a_given_message() -> None:
    [row] = read("a,b\n1,2\n", message="Add {{a}} and {{b}}").rows
    assert row.content["turns"][0]["content"] == "Add {{a}} and {{b}}"


def test_rows_come_back_from_csv_as_they_were() -> None:
    rows = [
        (f"k{number}", row.content)
        for number, row in enumerate(read_tests(PROMPTFOO.encode(), name="a.yaml").rows)
    ]
    again = read("".join(csv_lines(rows)))
    assert [(row.key, row.content) for row in again.rows] == rows
    # A spreadsheet must not calculate what somebody has written.
    assert "\n=" not in "".join(csv_lines(rows))


def test_values_that_are_not_text_come_back() -> None:
    content = {"turns": [{"role": "user", "content": "x"}], "variables": {"n": 1, "l": ["a"]}}
    again = read("".join(csv_lines([("k", content)])))
    assert again.rows[0].content == content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,a\n1,2\n", "twice"),
        (",,\n1,2\n", "names of the columns"),
        ('a,b\n"x,1\n', "isn't valid CSV"),
    ],
)
def test_a_file_without_a_usable_shape_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        read(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x,y,z", "3 cells"),
        ("x,y\n,", ""),
        ("x,cost:cheap", "isn't a number"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(line: str, words: str) -> None:
    found = read(f"question,__expected\ngood,1\n{line}\n")
    if words:
        assert [problem.place for problem in found.problems] == ["line 3"]
        assert words in found.problems[0].message
    assert found.rows[0].content["variables"] == {"question": "good"}


def test_files_of_spreadsheets_in_other_languages() -> None:
    text = 'sep=;\r\n"question, in full";__expected1;__threshold\r\nx;equals: 4;0,75\r\n'
    for data in (text.encode("utf-8-sig"), text.encode("utf-16"), text.encode()):
        [row] = read_tests(data, name="Fragen.csv").rows
        assert row.place == "line 3"
        assert row.content["threshold"] == 0.75
        assert row.content["variables"] == {"question, in full": "x"}
    # With commas between cells, a comma is no decimal point.
    [problem] = read('question,__threshold\nx,"0,75"\n').problems
    assert "must have a number" in problem.message
    [problem] = read("question,__threshold\nx,nan\n").problems
    assert "must have a number" in problem.message


def test_names_of_columns_are_not_calculated_either() -> None:
    content = {
        "turns": [{"role": "user", "content": "\n=1"}],
        "variables": {"=HYPERLINK(1)": "＝1+1"},
    }
    text = "".join(csv_lines([("a", content)]))
    assert text.startswith("'=HYPERLINK(1),")
    assert "'＝1+1" in text
    assert '"\'\n=1"' in text
    assert read(text).rows[0].content == content


def test_columns_of_other_tools_are_named_and_written_out_again() -> None:
    found = read("question,__providerOutput\nx,cached\n")
    content = found.rows[0].content
    assert not_run(content) == ["the column '__providerOutput' doesn't work here"]
    text = "".join(csv_lines([("a", content)]))
    assert text.startswith("question,__metadata:row_id,__providerOutput\r\nx,a,cached\r\n")
    assert read(text).rows[0].content == content
    # Nor does another format lose it.
    document = as_yaml(promptfoo_document("", {}, [("a", content)]))
    assert read_tests(document.encode(), name="a.yaml").rows[0].content == content


def test_variables_are_in_the_order_of_the_table() -> None:
    rows = [("a", {"turns": [], "variables": {"x": "1", "y": "2", "z": "3"}})]
    order = ["variable:z", "expected:answer", "variable:x"]
    assert next(csv_lines(rows, order)).startswith("z,x,y,__metadata")
