"""Code samples: they do the same as the page, and leave out defaults."""

import ast
import json
import shlex
from typing import Any

import pytest

from assistants_app.rendering.api_code.samples import (
    LANGUAGES,
    assistant_sample,
    curl_code,
    node_code,
    python_code,
    request_sample,
    thread_sample,
)

BASE_URL = "http://127.0.0.1:8000/v1"
HOSTILE = "it's \"quoted\"\n\\n\u2028 $(rm) `x` END\nEND\n'''\t\x07 ünï 😀"
ASSISTANT: dict[str, Any] = {
    "id": "asst_1",
    "model": "m",
    "name": HOSTILE,
    "description": None,
    "instructions": HOSTILE,
    "tools": [{"type": "function", "function": {"name": "f", "strict": True}}],
    "tool_resources": {},
    "temperature": 0.0,
    "top_p": 1.0,
    "reasoning_effort": None,
    "response_format": "auto",
    "metadata": {HOSTILE: HOSTILE},
}
SAID = {
    "model": "m",
    "name": HOSTILE,
    "instructions": HOSTILE,
    "tools": [{"type": "function", "function": {"name": "f", "strict": True}}],
    "temperature": 0.0,
    "metadata": {HOSTILE: HOSTILE},
}


def message(role: str, text: str, **columns: object) -> dict[str, Any]:
    content = [{"type": "text", "text": {"value": text, "annotations": []}}]
    return {"role": role, "content": content, "attachments": [], "metadata": {}, **columns}


def python_arguments(code: str) -> dict[str, Any]:
    """Return the keyword arguments of the call after the one that creates the client."""
    [call] = [
        node.value
        for node in ast.parse(code).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and node.targets[0].id in {"run", "assistant"}  # type: ignore[attr-defined]
    ]
    return {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}


def curl_words(code: str) -> tuple[list[str], Any]:
    """Return the command's words and the JSON in its here-document."""
    command, _, rest = code.partition(" <<'END'\n")
    body, end, nothing = rest.rpartition("\nEND\n")
    assert (end, nothing) == ("\nEND\n", "")
    assert "\nEND\n" not in body
    return shlex.split(command), json.loads(body)


def test_an_assistant_is_created_with_what_differs_from_the_defaults() -> None:
    sample = assistant_sample(ASSISTANT)
    assert sample.body == SAID
    assert python_arguments(python_code(sample, BASE_URL)) == SAID
    words, body = curl_words(curl_code(sample, BASE_URL))
    assert f"{BASE_URL}/assistants" in words
    assert body == SAID


@pytest.mark.parametrize("url", ["http://host/v1", "https://it's.example/v1"])
def test_our_address_is_in_each_language(url: str) -> None:
    for _, _, write in LANGUAGES.values():
        code = write(assistant_sample(ASSISTANT), url)
        assert "OPENAI_API_KEY" in code
        assert url.rpartition("'")[2] in code
    assert f"{url}/assistants" in curl_words(curl_code(assistant_sample(ASSISTANT), url))[0]


def test_a_thread_begins_with_its_messages_up_to_the_last_question() -> None:
    picture = {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "auto"}}
    attachment = {"file_id": "file-2", "tools": [{"type": "code_interpreter"}]}
    both = message("user", "Look", attachments=[attachment])
    both["content"].append(picture)
    sample = thread_sample(
        "asst_1",
        [message("user", "Hi"), message("assistant", "Yes?"), both, message("assistant", "A")],
    )
    assert sample.body["thread"]["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Look"}, picture],
            "attachments": [attachment],
        },
    ]
    assert python_arguments(python_code(sample, BASE_URL)) == sample.body
    assert thread_sample("asst_1", []).body == {"assistant_id": "asst_1", "thread": {}}


def test_a_request_names_its_thread_and_spells_out_its_settings() -> None:
    run = {
        **ASSISTANT,
        "thread_id": "thread_1",
        "assistant_id": "asst_1",
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "truncation_strategy": {"type": "auto", "last_messages": None},
        "max_prompt_tokens": 500,
        "max_completion_tokens": None,
    }
    sample = request_sample(run)
    arguments = python_arguments(python_code(sample, BASE_URL))
    assert arguments.pop("thread_id") == "thread_1"
    assert arguments == sample.body
    assert (arguments["tool_choice"], arguments["parallel_tool_calls"]) == ("required", False)
    assert "truncation_strategy" not in arguments
    words, body = curl_words(curl_code(sample, BASE_URL))
    assert f"{BASE_URL}/threads/thread_1/runs" in words
    assert body == {**sample.body, "stream": True}
    assert 'createAndPoll("thread_1", {' in node_code(sample, BASE_URL)
