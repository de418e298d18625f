"""Files of tests: formats, encodings, and hostile ones."""

import json
from typing import Any

import pytest

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.jsonl import jsonl_lines
from assistants_app.domain.test_sets.reading import read_tests
from assistants_app.domain.test_sets.sample import SAMPLE_ROWS
from tests.domain.test_sets.documents import PROMPTFOO


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("question,answer\na,b", "csv"),
        ("question\nWhat?", "csv"),
        ('{"turns": [{"role": "user", "content": "x"}]}', "jsonl"),
        ('{"vars": {"q": "x"}}\n{"vars": {"q": "y"}}', "jsonl"),
        ("tests:\n- vars: {q: x}", "promptfoo"),
        ("# mine\ntests:\n- vars: {q: x}", "promptfoo"),
        ("- vars: {q: x}", "promptfoo"),
        ('[{"vars": {"q": "x"}}]', "promptfoo"),
        ('{\n"tests": [{"vars": {"q": "x"}}]}', "promptfoo"),
        ('{"testing_criteria": [], "items": [{"q": "x"}]}', "openai"),
    ],
)
def test_pasted_text_is_recognised(text: str, kind: str) -> None:
    found = read_tests(text.encode())
    assert found.format == kind
    assert found.rows
    assert found.problems == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings_are_understood(encoding: str) -> None:
    found = read_tests("question\nWohin führt Straße 7 für 5 €?".encode(encoding), name="a.csv")
    assert found.rows[0].content["variables"] == {"question": "Wohin führt Straße 7 für 5 €?"}
    assert bool(found.notes) is (encoding == "cp1252")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PK\x03\x04xl/workbook.xml", "workbook"),
        (b"\x00\x01\x02", "NUL"),
        (b"\xff\xfea", "isn't text"),
        (b"\x81\x8d", "isn't text"),
        (b"x" * (limits.TEST_IMPORT_BYTES + 1), "larger than"),
        (b"question\n", "no rows"),
    ],
)
def test_files_that_are_no_tests_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        read_tests(data, name="a.csv")


def test_yaml_that_takes_too_long_to_read_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="Use JSONL"):
        read_tests(b"a: b\n" * 1_000_000, name="a.yaml")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "3",
        '{"turns": 3}',
        '{"turns": [{"role": "assistant", "content": "x"}]}',
        '{"turns": [{"role": "user", "content": ""}]}',
        '{"turns": [{"role": "user", "content": "x"}], "surprise": 1}',
        '{"turns": [{"role": "user", "content": "x"}], "repeats": 1e9}',
        '{"turns": [{"role": "user", "content": "x"}], "variables": {"a": NaN}}',
        '{"turns": [{"role": "user", "content": "x"}], "variables": {"{": "b"}}',
        '{"turns": [{"role": "user", "content": "x"}], "checks": [3]}',
        '{"turns": [{"role": "user", "content": "x"}], "turn_checks": {"9": []}}',
        '{"turns": [{"role": "user", "content": "\\u0000"}]}',
        '{"turns": [{"role": "user", "content": "\\ud800"}]}',
        '{"turns": [{"role": "user", "content": "x"}], "tags": [""]}',
        json.dumps({"turns": [{"role": "user", "content": "x"}], "metadata": {"a": "x" * 2**20}}),
        '{"turns": ' + "[" * 200_000,
        '{"id": "' + "k" * 200 + '", "turns": [{"role": "user", "content": "x"}]}',
    ],
)
def test_bad_lines_are_named_and_the_good_ones_are_read(line: str) -> None:
    good = '{"turns": [{"role": "user", "content": "good"}]}'
    found = read_tests(f"{good}\n{line}\n\n{good}".encode(), name="a.jsonl")
    assert [problem.place for problem in found.problems] == ["line 2"]
    assert len(found.rows) == 2


def test_an_id_can_be_there_once() -> None:
    line = '{"id": "x", "turns": [{"role": "user", "content": "%s"}]}\n'
    found = read_tests(((line % "a") + (line % "b")).encode())
    assert len(found.rows) == 1
    assert "already" in found.problems[0].message


def test_rows_come_back_from_jsonl_as_they_were() -> None:
    contents: list[dict[str, Any]] = [
        *SAMPLE_ROWS,
        *(row.content for row in read_tests(PROMPTFOO.encode(), name="a.yaml").rows),
        {"turns": [{"role": "user", "content": "line\u2028separator"}]},
    ]
    rows = [(f"k{number}", content) for number, content in enumerate(contents)]
    again = read_tests("".join(jsonl_lines(rows)).encode())
    assert [(row.key, row.content) for row in again.rows] == [
        (key, {name: value for name, value in content.items() if value != []})
        for key, content in rows
    ]


def test_more_rows_than_a_set_can_have_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="more than 10000 rows"):
        read_tests(b"question\n" + b"x\n" * (limits.TEST_ROWS + 1), name="a.csv")
