"""Files that are made to break an import, or to fill the database."""

import json
from typing import Any

import pytest

from assistants_app.domain import limits
from assistants_app.domain.checks.validation import validate_check
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.editing import with_cell
from assistants_app.domain.test_sets.promptfoo.checks import assertion_from
from assistants_app.domain.test_sets.reading import read_tests
from assistants_app.domain.test_sets.rows import problems_of


def yaml_rows(text: str) -> list[str]:
    """Return what is wrong with the tests of a document."""
    return [each.message for each in read_tests(text.encode(), name="a.yaml").problems]


@pytest.mark.parametrize("value", ["inf", "nan", "1e400", "-inf"])
def test_what_is_no_number_is_none_in_a_check(value: str) -> None:
    for cell in (f"word-count: {value}", f"latency: {value}", f"cost: {value}"):
        with pytest.raises(InvalidRequest, match="isn't a number"):
            with_cell({}, "checks", cell)
        [problem] = read_tests(f"q,__expected\nx,{cell}".encode(), name="a.csv").problems
        assert "isn't a number" in problem.message


def test_numbers_that_no_program_can_hold() -> None:
    for number in ("0x" + "f" * 4000, "0x" + "f" * 300, "9" * 400, "9" * 5000):
        with pytest.raises(InvalidRequest, match="valid YAML"):
            yaml_rows(f"tests: [{{vars: {{q: {number}}}}}]")
    many = 10**400
    assert "too large" in problems_of({"metadata": {"a": many}})[0]
    for check in ({"kind": "cost", "most": many}, {"kind": "refusal", "weight": many}):
        assert validate_check(check)
    assert validate_check({"kind": "length", "most": many})
    tests = {"tests": [{"vars": {"q": "x"}, "assert": [{"type": "latency", "threshold": many}]}]}
    [problem] = read_tests(json.dumps(tests).encode(), name="a.json").problems
    assert "too large" in problem.message
    assert assertion_from({"kind": "duration", "most": 1.7e308}) is None


@pytest.mark.parametrize("depth", [100, 300, 900, 100_000])
def test_nested_documents_are_refused(depth: int) -> None:
    text = f'{{"tests": [{{"vars": {{"q": {"[" * depth}{"]" * depth}}}}}]}}'
    with pytest.raises(InvalidRequest, match="nested"):
        read_tests(text.encode(), name="a.json")


@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\u0000"', '"\\ud800"'])
def test_what_belongs_to_no_row_can_be_stored_too(value: str) -> None:
    text = f'{{"tests": [{{"vars": {{"q": "x"}}}}], "env": {{"a": {value}}}}}'
    with pytest.raises(InvalidRequest, match="beside its rows contains"):
        read_tests(text.encode(), name="a.json")


def test_there_is_a_limit_for_what_belongs_to_no_row() -> None:
    document = {"tests": [{"vars": {"q": "x"}}], "env": {"a": "x" * limits.TEST_KEPT_BYTES}}
    with pytest.raises(InvalidRequest, match="more than 1 MB beside its rows"):
        read_tests(json.dumps(document).encode(), name="a.json")


def test_what_a_page_shows_of_a_file_can_be_sent() -> None:
    test = {"vars": {"q": "x"}, "assert": [{"$ref": "\ud800"}]}
    text = json.dumps({"description": "\ud800", "tests": [test]})
    found = read_tests(text.encode(), name="a.json")
    assert found.name == "?"
    assert found.problems[0].message == "The assertion template '?' doesn't exist."
    found = read_tests(f'["{"x" * 9999}"]'.encode(), name="a.json")
    assert len(found.problems[0].message) < 600


@pytest.mark.parametrize("default", [True, False])
def test_a_small_file_does_not_become_gigabytes_of_rows(
    default: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TEST_IMPORTED_BYTES", 3 * 1024**2)
    big, tests = "x" * 900_000, [f"{n}" for n in range(9_000)]
    document: dict[str, Any] = {"tests": [{"vars": {"big": big, "q": tests}}]}
    if default:
        document = {
            "defaultTest": {"vars": {"big": big}},
            "tests": [{"vars": {"q": each}} for each in tests],
        }
    with pytest.raises(InvalidRequest, match="more than 3 MB"):
        read_tests(json.dumps(document).encode(), name="a.json")


@pytest.mark.parametrize(
    "text",
    [
        "tests: [{vars: {q: x, q: y}}]",
        "tests:\n- vars: {q: x}\ntests: []",
        "tests: [{vars: {q: x}, vars: {}}]",
        "tests: [{vars: {1: x, '1': y}}]",
        "tests: [{vars: {q: {a: [{b: 1}], a: 2}}}]",
    ],
)
def test_a_key_that_is_there_twice_would_lose_a_value(text: str) -> None:
    with pytest.raises(InvalidRequest, match="twice in the same object"):
        yaml_rows(text)


def test_the_same_key_in_two_objects_is_no_loss() -> None:
    text = (
        "base: &base {q: x, '<<': 1}\n"
        "tests:\n- vars: {<<: *base, q: y}\n- vars: {q: [q, q], r: *base, s: {q: q}}\n"
    )
    assert yaml_rows(text) == []


@pytest.mark.parametrize("key", ["new", "move", "..", "\ud800", "x" * 129])
def test_a_row_needs_an_id_that_an_address_can_have(key: str) -> None:
    line = json.dumps({"id": key, "turns": [{"role": "user", "content": "x"}]})
    [problem] = read_tests(line.encode(), name="a.jsonl").problems
    assert "ID" in problem.message


@pytest.mark.parametrize(
    "file",
    [
        {"name": "a"},
        {"name": "a", "sha256": "0" * 64, "mime_type": "text/plain"},
        {"name": "a", "sha256": "0" * 64, "mime_type": "text/plain", "tool": "x"},
        {"name": "a", "sha256": "0" * 64, "mime_type": "t", "tool": "image", "bytes": "3"},
    ],
)
def test_a_file_must_say_what_it_is(file: dict[str, Any]) -> None:
    turns = [{"role": "user", "content": "x"}]
    assert "file 1" in problems_of({"turns": turns, "files": [file]})[0].lower()
