"""JSON that models write is read strictly, and compared as JSON."""

import time
from typing import Any

import pytest

from assistants_app.domain.schemas.json_values import contains, json_within, read_json, same


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{'a': 1}", "line 1, column 2"),
        ("NaN", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 300 + "]" * 300, "nested too deeply"),
        ("1" * 5000, "digits"),
        ('{"a": 1e999}', "too large a number"),
        ('{"a": 1} and more', "Extra data"),
    ],
)
def test_what_is_no_json_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a": 1} ', {"a": 1}),
        ('Here:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}),
        ("```\n[1, 2]\n```", [1, 2]),
        ("```5```", 5),
        ('The {answer} is {"a": [1]}, I think {"b": 2}.', {"a": [1]}),
        ("See [1]: fine", [1]),
    ],
)
def test_json_is_found_inside_of_a_text(text: str, value: Any) -> None:
    assert json_within(text) == value


@pytest.mark.parametrize("text", ["no JSON", "{" * 200_000, "[" * 200_000, "{]" * 100_000])
def test_a_text_without_json_is_searched_in_bounded_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=r".+"):
        json_within(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        ({"a": [1, 2]}, {"a": [1.0, 2]}, True),
        ([1, 2], [2, 1], False),
        (None, "null", False),
    ],
)
def test_values_are_compared_as_json(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


def test_an_object_contains_one_with_fewer_keys() -> None:
    value = {"city": "Oslo", "days": 3, "options": {"unit": "C", "wind": True}}
    assert contains(value, {"days": 3.0, "options": {"unit": "C"}})
    assert not contains(value, {"days": "3"})
    assert not contains(value, {"options": {"unit": "F"}})
    assert not contains({"list": [1, 2]}, {"list": [1]})
