"""Errors of the API at the fields of forms."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.templatetags.plain_errors import in_plain_words
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.functions.checks import Remark, read_object
from assistants_app.wire.validation import parse

NAMES = "Use only letters, digits, dashes and underscores."


def named(name: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": name}}]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "n" * 257}, "Use at most 256 characters. These are 257."),
        ({"instructions": "i" * 300_000}, "Use at most 256,000 characters. These are 300,000."),
        (
            {"tools": [{"type": "code_interpreter"}] * 129},
            "Use at most 128 entries. These are 129.",
        ),
        ({"temperature": 5.5}, "Enter 2 or less."),
        ({"temperature": -1}, "Enter 0 or more."),
        ({"top_p": "warm"}, "Enter a number."),
        ({"name": 5}, "Enter a text."),
        ({"metadata": "x"}, "Enter a JSON object, in braces."),
        (
            {"metadata": {"k" * 65: ""}},
            f"The key “{'k' * 65}” is too long. Use at most 64 characters.",
        ),
        ({"metadata": {str(n): "" for n in range(17)}}, "Use at most 16 pairs. These are 17."),
        ({"metadata": {"k": "v" * 513}}, "Use at most 512 characters. These are 513."),
        (named("not this"), NAMES),
        (named("it's 'quoted'"), NAMES),
        (named("n" * 65), "Use at most 64 characters. These are 65."),
        ({"tools": [{"type": "function", "function": {}}]}, "“name” is missing."),
    ],
)
def test_the_usual_kinds_are_in_plain_words(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(AssistantCreateParams, {"model": "m", **fields})
    assert in_plain_words(caught.value.message) == said
    # The API's own answer stays to the letter.
    assert caught.value.message != said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": }', "This isn't valid JSON: a value is missing."),
        ('{"a": 1 "b"', "This isn't valid JSON: a comma is missing."),
        ("{a: 1}", "This isn't valid JSON: a name in double quotes is missing."),
        ('{"a": 1} x', "This isn't valid JSON: there is something after the end."),
        ('{"a": "x', "This isn't valid JSON: a text has no closing quote."),
    ],
)
def test_broken_json_says_what_is_missing(text: str, said: str) -> None:
    remark = read_object(text)
    assert isinstance(remark, Remark)
    assert in_plain_words(remark.message) == said
    with pytest.raises(ValueError, match=r"line 1 column \d+") as caught:
        json.loads(text)
    placed = in_plain_words(f"This is not valid JSON: {caught.value}.")
    assert placed.startswith(f"{said.removesuffix('.')} (line 1, column ")


def test_an_error_apart_from_its_field_names_it() -> None:
    said = "Invalid 'max_num_results': integer above maximum value. Expected a value <= 50, but got"
    named = in_plain_words(f"{said} 99 instead.", named=True)
    assert named == "max_num_results: Enter 50 or less."
    assert in_plain_words("Enter a query.", named=True) == "Enter a query."


@pytest.mark.parametrize(
    "message", ["", "Enter a message.", "Invalid schema for function 'f': In context=(), …"]
)
def test_other_messages_stay(message: str) -> None:
    assert in_plain_words(message) == message
