"""The scripted model: each word of its table gets its reply, over the OpenAI API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError, OpenAI

from playground.embedded.scripted.part import ScriptedModel
from playground.embedded.scripted.scenarios import GREETING, SCENARIOS

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": ["integer", "null"]},
            },
        },
    },
}


def built_in(name: str, argument: str) -> dict[str, Any]:
    properties = {argument: {"type": "string"}}
    function = {"name": name, "parameters": {"type": "object", "properties": properties}}
    return {"type": "function", "function": function}


CODE, SEARCH = built_in("code_interpreter", "code"), built_in("file_search", "query")


@pytest.fixture(scope="module")
def client() -> Iterator[OpenAI]:
    with ScriptedModel() as model, OpenAI(base_url=model.url, api_key="any") as client:
        yield client


def ask(client: OpenAI, *messages: Any, **params: Any) -> Any:
    """The whole message; a text is the user's."""
    rows: Any = [
        {"role": "user", "content": row} if isinstance(row, str) else row for row in messages
    ]
    answer = client.chat.completions.create(model="scripted", messages=rows, **params)
    return answer.choices[0].message


def test_it_lists_what_it_can_do(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["scripted", "scripted-mini"]


def test_hello_is_answered_with_the_table(client: OpenAI) -> None:
    assert ask(client, "Hello").content == GREETING
    assert all(scenario.words[0] in GREETING for scenario in SCENARIOS)


def test_functions_are_called_with_arguments_of_their_schema(client: OpenAI) -> None:
    [call] = ask(client, "How is the weather in Oslo?", tools=[WEATHER]).tool_calls
    assert json.loads(call.function.arguments) == {"city": "Oslo", "unit": "celsius", "days": 3}


def test_two_functions_are_called_at_once(client: OpenAI) -> None:
    calls = ask(client, "Compare the weather in Oslo and Rome.", tools=[WEATHER]).tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Oslo", "Rome"]
    assert calls[0].id != calls[1].id


def test_a_plot_is_code_only_where_code_runs(client: OpenAI) -> None:
    [call] = ask(client, "Plot it", tools=[CODE, WEATHER]).tool_calls
    assert "plt.plot" in json.loads(call.function.arguments)["code"]
    assert ask(client, "Plot it").tool_calls is None


def test_documents_are_searched_and_cited(client: OpenAI) -> None:
    asked = ask(client, "How many days off?", tools=[SEARCH])
    [call] = asked.tool_calls
    assert json.loads(call.function.arguments) == {"query": "How many days off?"}
    result = {
        "role": "tool",
        "tool_call_id": call.id,
        "content": "【0:1†time-off.md】 30 days of vacation",
    }
    told = ask(client, "How many days off?", asked.to_dict(), result, tools=[SEARCH])
    assert told.content == "One of your documents answers this【0:1†time-off.md】."


def test_json_fits_its_schema(client: OpenAI) -> None:
    schema = {"type": "object", "properties": {"people": {"type": "array"}}}
    form = {"type": "json_schema", "json_schema": {"name": "people", "schema": schema}}
    assert json.loads(ask(client, "Who?", response_format=form).content) == {"people": ["Ada"]}


def test_a_stream_reasons_then_replies_then_counts(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": "Think!"}], stream=True
    )
    chunks = list(stream)
    deltas = [chunk.choices[0].delta.to_dict() for chunk in chunks if chunk.choices]
    kinds = [next(iter(delta), "") for delta in deltas]
    assert kinds[0] == "reasoning_content"
    assert kinds[-2:] == ["content", ""]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None


def test_errors_come_before_a_reply_or_in_the_middle(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="asked to fail"):
        ask(client, "Show me an error")
    stream = client.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": "crash"}], stream=True
    )
    with pytest.raises(Exception, match="asked to break off"):
        list(stream)
