"""The bundled model itself, without a fake."""

import json
from collections.abc import Iterator

import pytest

from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible
from playground.embedded.servers.model import LocalModel
from tests.providers.asking import calls, deltas, finished, request, text

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place.",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string", "maxLength": 40}},
            "required": ["location"],
            "additionalProperties": False,
        },
    },
}


@pytest.fixture(scope="module")
def bundled() -> Iterator[tuple[OpenAICompatible, str]]:
    with LocalModel() as server:
        endpoint = Endpoint(
            name="Demo model", base_url=server.url, api_key=server.key, native_tools=False
        )
        model = OpenAICompatible(endpoint)
        yield model, server.model_name
        model.close()


def test_it_lists_itself_with_its_context_window(bundled: tuple[OpenAICompatible, str]) -> None:
    model, name = bundled
    assert [(info.id, info.context_window) for info in model.list_models()] == [(name, 8192)]


def test_it_writes_text_and_counts_tokens(bundled: tuple[OpenAICompatible, str]) -> None:
    model, name = bundled
    received = deltas(model, request(model=name, max_completion_tokens=12, temperature=0))
    assert text(received)
    assert not finished(received).usage.estimated


def test_it_calls_a_tool_and_answers_with_the_result(
    bundled: tuple[OpenAICompatible, str],
) -> None:
    model, name = bundled
    asked = [{"role": "user", "content": "What is the weather in Paris?"}]
    options = {"model": name, "tools": [WEATHER], "temperature": 0, "max_completion_tokens": 80}
    received = deltas(model, request(messages=asked, tool_choice="required", **options))
    [(called, arguments)] = calls(received).values()
    assert called == "get_weather"
    assert isinstance(json.loads(arguments)["location"], str)
    assert finished(received).reason == "tool_calls"
    function = {"name": called, "arguments": arguments}
    call = {"id": "c", "type": "function", "function": function}
    with_result = [
        *asked,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "Sunny, 21 degrees"},
    ]
    answer = deltas(model, request(messages=with_result, tool_choice="required", **options))
    assert text(answer)
    assert calls(answer) == {}
