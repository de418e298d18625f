"""Configurations of promptfoo as rows, and back."""

import json
from typing import Any

import pytest

from assistants_app.domain.documents.yaml_text import as_yaml, read_yaml
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.promptfoo.writing import promptfoo_document
from assistants_app.domain.test_sets.reading import read_tests
from tests.domain.test_sets.documents import PROMPTFOO

FILE = {"name": "a", "sha256": "0" * 64, "bytes": 3, "mime_type": "text/plain", "tool": "image"}


def read(text: str) -> ImportedSet:
    found = read_tests(text.encode(), name="promptfooconfig.yaml")
    assert found.problems == []
    return found


def written(found: ImportedSet) -> dict[str, Any]:
    rows = [(row.key or f"k{number}", row.content) for number, row in enumerate(found.rows)]
    document = read_yaml(as_yaml(promptfoo_document(found.name, found.kept, rows)))
    assert isinstance(document, dict)
    return document


def test_lists_become_rows_with_what_the_default_test_adds() -> None:
    found = read(PROMPTFOO)
    first, second, third = [row.content for row in found.rows]
    assert found.name == "Cities"
    assert [first["variables"]["city"], second["variables"]["city"]] == ["Paris", "Rome"]
    assert first["turns"] == [{"role": "user", "content": "Tell me about {{city}}"}]
    assert first["variables"]["tone"] == "kind"
    assert first["variables"]["when"] == "2026-11-21"
    assert first["variables"]["sure"] == "no"
    assert [check["kind"] for check in first["checks"]] == [
        *("judge_rubric", "contains_any", "foreign", "foreign", "contains_any", "contains_any"),
        *("duration", "python", "foreign"),
    ]
    assert first["checks"][1] == {
        "kind": "contains_any",
        "values": ["{{city}}"],
        "ignore_case": True,
        "weight": 2,
        "metric": "name",
    }
    assert first["checks"][6] == {"kind": "duration", "most": 5.0}
    assert "checks" not in third
    assert third["threshold"] == 0.5
    assert third["metadata"] == {"area": "north"}
    assert third["turns"][0]["content"] == "Please. Tell me about {{city}}"


def test_what_does_not_run_here_is_named_and_written_out_word_for_word() -> None:
    found = read(PROMPTFOO)
    assert not_run(found.rows[0].content) == [
        "assertions of the type 'javascript' don't run here",
        "a regular expression with look-around or a reference doesn't run here",
        "a template that computes, such as a filter, doesn't work here",
        "'options.transform' of a test doesn't work here",
    ]
    given = read_yaml(PROMPTFOO)
    first = written(found)["tests"][0]
    polite = {"type": "llm-rubric", "value": "Is polite", "provider": "openai:gpt-5"}
    assert first["assert"] == [polite, *given["tests"][0]["assert"]]
    assert first["options"] == {"transform": "output.trim()"}
    assert written(found)["providers"] == ["openai:gpt-5"]


def test_rows_come_back_as_they_were() -> None:
    found = read(PROMPTFOO)
    again = read(json.dumps(written(found)))
    assert [row.content for row in again.rows] == [row.content for row in found.rows]
    assert [row.key for row in again.rows] == ["k0", "k1", "k2"]


def test_prompts_are_written_as_they_were_while_rows_ask_the_same() -> None:
    found = read("prompts: ['About {{ q }}', file://b.txt]\ntests: [{vars: {q: x}}]")
    assert "kept but not used" in found.notes[0]
    assert written(found)["prompts"] == ["About {{ q }}", "file://b.txt"]
    found.rows[0].content["turns"][0]["content"] = "Something else"
    assert written(found)["prompts"] == ["Something else"]


def test_fields_that_promptfoo_lacks_survive_a_round_trip() -> None:
    content = {
        "turns": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "And now?"}],
        "files": [
            {
                "name": "a.txt",
                "sha256": "0" * 64,
                "bytes": 3,
                "mime_type": "text/plain",
                "tool": "image",
            }
        ],
        "variables": {"list": ["x", "y"]},
        "expected": {"answer": "42"},
        "checks": [
            {"kind": "cites", "file": "a.txt"},
            {"kind": "equals", "value": "42"},
            {"kind": "code_ran", "not": True},
        ],
        "tags": ["a, b"],
        "repeats": 3,
    }
    document = promptfoo_document("", {}, [("my-id", content)])
    test = document["tests"][0]
    # Nobody but this program expands the list into two tests.
    assert test["options"] == {"disableVarExpansion": True}
    assert test["vars"]["message"] == "Hi"
    assert document["prompts"] == ["Hi"] or document["prompts"] == ["{{message}}"]
    found = read(as_yaml(document))
    assert found.rows[0].content == content
    assert found.rows[0].key == "my-id"


def test_a_changed_check_is_written_as_it_is_now() -> None:
    found = read(PROMPTFOO)
    content = found.rows[0].content
    content["checks"][0] = {**content["checks"][0], "rubric": "Is brief"}
    test = promptfoo_document("", {}, [("k", content)])["tests"][0]
    assert test["assert"][0] == {"type": "llm-rubric", "value": "Is brief"}


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("file://tests.csv", "isn't followed"),
        ("{vars: file://vars.yaml}", "must be an object"),
        ("{vars: {q: x}, assert: 3}", "must be a list"),
        ("{vars: {q: x}, assert: [x]}", "must be an object"),
        ("{vars: {q: x}, assert: [{$ref: '#/assertionTemplates/no'}]}", "doesn't exist"),
        ("3", "must be an object"),
        ("{vars: {}}", "no message"),
        ("{vars: {q: x}, threshold: high}", "must be a number"),
    ],
)
def test_tests_that_cannot_be_rows_are_named(test: str, words: str) -> None:
    found = read_tests(f"tests:\n- {test}\n- vars: {{q: y}}".encode(), name="a.yaml")
    assert [problem.place for problem in found.problems] == ["test 1"]
    assert words in found.problems[0].message
    assert len(found.rows) == 1


def test_a_prompt_that_computes_is_named_until_somebody_changes_it() -> None:
    found = read("prompts: ['{{ q | upper }}']\ntests: [{vars: {q: x}}]")
    content = found.rows[0].content
    assert not_run(content) == ["a template that computes, such as a filter, doesn't work here"]
    assert written(found)["prompts"] == ["{{ q | upper }}"]
    assert read(json.dumps(written(found))).rows[0].content == content
    content["turns"][0]["content"] = "{{q}}"
    assert not_run(content) == []
    # Somebody who asks about templates has nothing to run.
    assert not_run({"turns": [{"role": "user", "content": "What is {% if %}?"}]}) == []


def test_files_and_addresses_are_kept_as_text() -> None:
    found = read("tests:\n- vars: {q: What is this?, image: file:///etc/passwd}")
    content = found.rows[0].content
    assert content["variables"]["image"] == "file:///etc/passwd"
    assert not_run(content) == ["the file that the variable 'image' names isn't read"]


@pytest.mark.parametrize("tests", ["https://example.com/tests.csv", "{path: file://x.py}"])
def test_tests_elsewhere_are_not_followed(tests: str) -> None:
    found = read_tests(f"tests: {tests}".encode(), name="a.yaml")
    assert (len(found.rows), len(found.problems)) == (0, 1)


@pytest.mark.parametrize("tests", ["[]", "4", "null"])
def test_a_configuration_without_tests_is_refused(tests: str) -> None:
    with pytest.raises(InvalidRequest, match="no list of 'tests'"):
        read_tests(f"tests: {tests}".encode(), name="a.yaml")


def test_ten_lists_of_ten_values_are_too_many_rows() -> None:
    lists = "\n".join(f"    v{n}: [{', '.join(map(str, 'abcdefghij'))}]" for n in range(10))
    with pytest.raises(InvalidRequest, match="more than 10000 rows"):
        read_tests(f"tests:\n- vars:\n{lists}".encode(), name="a.yaml")


def test_what_is_not_followed_or_not_run_is_named_and_written_out_again() -> None:
    text = (
        "defaultTest: file://default.yaml\nscenarios: [{config: []}]\nproviders: [x]\n"
        "tests: [{vars: {q: x}}, 'file://more.csv', {path: 'file://make.py', config: {n: 1}}]"
    )
    found = read_tests(text.encode(), name="a.yaml")
    assert [problem.place for problem in found.problems] == ["test 2", "test 3"]
    assert found.notes == [
        "Kept for exports, and without effect here: scenarios.",
        "The default test in file://default.yaml isn't read, and is kept for exports. Paste it "
        "into the file.",
    ]
    document = written(found)
    assert document["defaultTest"] == "file://default.yaml"
    assert document["scenarios"] == [{"config": []}]
    elsewhere = ["file://more.csv", {"path": "file://make.py", "config": {"n": 1}}]
    assert document["tests"][1:] == elsewhere


def test_somebody_may_edit_the_tests_of_rows_that_ask_different_questions() -> None:
    contents = [
        {"turns": [{"role": "user", "content": text}], "variables": {"city": "Oslo"}}
        for text in ("Where is {{city}}?", "What is {{city}}?")
    ]
    document = promptfoo_document("", {}, [("a", contents[0]), ("b", contents[1])])
    assert [row.content for row in read(as_yaml(document)).rows] == contents
    document["tests"][1]["vars"] = {"city": "Rome", "message": "Who lives in {{city}}?"}
    row = read(as_yaml(document)).rows[1]
    assert row.content["variables"] == {"city": "Rome"}
    assert row.content["turns"][0]["content"] == "Who lives in {{city}}?"


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": 1}', "file://x", "{% if %}", "{{ x | upper }}"])
def test_a_message_that_would_be_something_else_in_promptfoo_stays_a_message(text: str) -> None:
    content = {"turns": [{"role": "user", "content": text}], "variables": {"q": "x"}}
    document = promptfoo_document("", {}, [("a", content)])
    assert document["prompts"] == ["{{message}}"]
    assert read(as_yaml(document)).rows[0].content == content
