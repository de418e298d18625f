"""Digests: the same for what runs the same, and for nothing else."""

import json
from typing import Any

import pytest

from assistants_app.domain.configurations.frozen import RUN_FIELDS, FrozenConfiguration, digest

TOOL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"properties": {"first": {}, "second": {}}}},
}
VALUES: dict[str, Any] = {
    "model": "m",
    "instructions": "Be brief.",
    "tools": [TOOL],
    "tool_resources": {"code_interpreter": {"file_ids": []}, "file_search": {}},
    "temperature": 1,
    "top_p": None,
    "reasoning_effort": None,
    "response_format": "auto",
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "truncation_strategy": {"type": "auto", "last_messages": None},
    "max_prompt_tokens": None,
    "max_completion_tokens": None,
}


def turned(value: Any) -> Any:
    """Return the value with all keys in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(item) for key, item in reversed(value.items())}
    return [turned(item) for item in value] if isinstance(value, list) else value


def test_the_values_are_all_that_a_run_starts_with() -> None:
    assert tuple(VALUES) == RUN_FIELDS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "n"),
        ("instructions", ""),
        ("tools", []),
        ("tools", turned([TOOL])),
        ("response_format", {"type": "text"}),
        ("temperature", None),
        ("parallel_tool_calls", False),
        ("max_prompt_tokens", 1000),
    ],
)
def test_each_difference_makes_another_digest(field: str, value: Any) -> None:
    assert digest({**VALUES, field: value}) != digest(VALUES)


def test_what_runs_the_same_has_the_same_digest() -> None:
    fields = dict(reversed(VALUES.items()))
    resources = turned(VALUES["tool_resources"])
    assert digest({**fields, "temperature": 1.0, "tool_resources": resources}) == digest(VALUES)


def test_fields_do_not_run_into_each_other() -> None:
    assert digest({"a": "b", "c": None}) != digest({"a": None, "c": "b"})
    assert digest({}) != digest({"a": None})


def test_a_digest_is_that_of_the_values_alone() -> None:
    draft = FrozenConfiguration(VALUES, "asst_1", 3, used_draft=True, draft_author_id=1)
    published = FrozenConfiguration(VALUES, "asst_1", 4)
    assert draft.digest == published.digest == digest(VALUES)
    assert draft != published


def test_json_keeps_everything() -> None:
    frozen = FrozenConfiguration(VALUES, "asst_1", 3, used_draft=True, draft_author_id=1)
    stored = json.loads(json.dumps(frozen.as_json()))
    again = FrozenConfiguration.from_json(stored)
    assert again == frozen
    assert stored["digest"] == again.digest
    assert list(again.values["tools"][0]["function"]["parameters"]["properties"]) == [
        "first",
        "second",
    ]
