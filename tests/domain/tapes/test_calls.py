"""Arguments are compared by what they mean, and differences are listed by place."""

import pytest

from assistants_app.domain.tapes.calls import MOST_DIFFERENCES, Difference, canonical, drift, label
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1.0}'),
        ('{"a": 1e2}', '{"a": 100}'),
        ('{"a": -0.0}', '{"a": 0}'),
        ('{"a": "caf\\u00e9"}', '{"a": "café"}'),
        ("", "{}"),
        (" null ", "{ }"),
        ('{"a": "x\ny"}', '{"a": "x\\ny"}'),
        ("{broken", " {broken "),
        (DEEP, DEEP + " "),
        ('{"a": 1e99999999999999999999}', '{"a": 1e99999999999999999999} '),
        ('{"a": 1e-9999999999999999999}', '{"a": 1e-9999999999999999999} '),
        ('{"a": "\\ud83d"}', '{"a":"\\ud83d"}'),
    ],
)
def test_the_same_arguments_are_equal(one: str, other: str) -> None:
    assert canonical(FUNCTION, one) == canonical(FUNCTION, other)
    assert drift(FUNCTION, one, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1}', '{"a": true}'),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": [1, 2]}', '{"a": [2, 1]}'),
        ('{"a": null}', "{}"),
        ('{"a": "x"}', '{"a": "X"}'),
        ('{"a": 0.1}', '{"a": 0.10000000000000001}'),
        (f'{{"a": {"1" * 40}}}', f'{{"a": {"1" * 39}2}}'),
        (f'{{"a": {"1" * 5000}}}', f'{{"a": {"1" * 4999}2}}'),
        ('{"a": 1e-9999999999999999999}', '{"a": 0}'),
        ("{broken", "{broken too"),
        ("[]", "{}"),
        ('"{}"', "{}"),
    ],
)
def test_other_arguments_are_not_equal(one: str, other: str) -> None:
    assert canonical(FUNCTION, one) != canonical(FUNCTION, other)
    assert drift(FUNCTION, one, other)


def test_code_keeps_its_indentation_and_a_query_its_letters() -> None:
    assert canonical(CODE_INTERPRETER, "\nprint(1)\n\n") == canonical(CODE_INTERPRETER, "print(1)")
    assert canonical(CODE_INTERPRETER, "  x") != canonical(CODE_INTERPRETER, "x")
    assert canonical(FILE_SEARCH, " rain ") == canonical(FILE_SEARCH, "rain")
    assert canonical(FILE_SEARCH, "Rain") != canonical(FILE_SEARCH, "rain")


def test_a_drift_names_the_place_and_both_values() -> None:
    found = drift(
        FUNCTION, '{"city": "Oslo", "days": [1, 2], "unit": "C"}', '{"city": "Rome", "days": [1]}'
    )
    assert found == [
        Difference("city", '"Oslo"', '"Rome"'),
        Difference("days.1", "2", None),
        Difference("unit", '"C"', None),
    ]


def test_a_drift_without_json_is_that_of_the_whole_text() -> None:
    assert drift(FUNCTION, "{a", '{"a": 1}') == [Difference("", "{a", '{"a": 1}')]
    assert drift(CODE_INTERPRETER, "print(1)", "print(2)") == [
        Difference("", "print(1)", "print(2)")
    ]


def test_a_drift_is_limited_in_number_and_length() -> None:
    many = "{" + ",".join(f'"k{number}": "{"x" * 5000}"' for number in range(500)) + "}"
    found = drift(FUNCTION, "{}", many)
    assert len(found) == MOST_DIFFERENCES
    assert all(len(str(difference.given)) <= 200 for difference in found)


def test_a_call_in_words_is_short() -> None:
    assert label(FUNCTION, "weather", '{ "city": "Oslo" }') == 'weather({"city":"Oslo"})'
    assert len(label(FUNCTION, "weather", '{"city": "' + "x" * 5000 + '"}')) < 250
