"""A repeated request for a stream gets the run from the database once the log has expired."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import redis
from openai import OpenAI
from openai.types.beta import Assistant

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite
from tests.sdk.steps import ask

PARAMETERS = {"type": "object", "properties": {"location": {"type": "string"}}}
WEATHER: Any = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": PARAMETERS},
}


def transcript(stream: Any) -> list[Any]:
    with stream as events:
        return list(events)


def text_of(events: list[Any]) -> str:
    deltas = [event.data for event in events if event.event == "thread.message.delta"]
    return "".join(part.text.value for delta in deltas for part in delta.delta.content)


def expire(site: LiveSite, thread_id: str) -> None:
    with redis.Redis.from_url(site.redis_url) as client:
        assert client.delete(f"events:{thread_id}")


def repeated(site: LiveSite, thread_id: str, request: Callable[[], Any]) -> list[list[Any]]:
    """Return what a request, its repetition, and one after the log has expired receive."""
    answers = [transcript(request()), transcript(request())]
    expire(site, thread_id)
    return [*answers, transcript(request())]


def check(answers: list[list[Any]], text: str) -> None:
    first, second, third = answers
    assert [event.to_json() for event in first] == [event.to_json() for event in second]
    # All deltas of the text are one.
    names = [name for name, _ in groupby(event.event for event in first)]
    assert [event.event for event in third] == names
    assert text_of(third) == text_of(first) == text
    for place in (0, -1):
        assert third[place].to_json() == first[place].to_json()


def test_a_new_run_comes_in_its_fewest_events(
    site: LiveSite, client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four"))
    thread = ask(client)
    answers = repeated(
        site,
        thread,
        lambda: client.beta.threads.runs.create(
            thread,
            assistant_id=assistant.id,
            stream=True,
            extra_headers={"Idempotency-Key": f"create-{thread}"},
        ),
    )
    check(answers, text="one two three four")
    assert len(provider.completions) == 1


def test_a_run_goes_on_from_the_outputs_that_were_submitted(
    site: LiveSite, client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(
        Reply(tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')]),
        Reply(text="one two three four"),
    )
    thread = ask(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, tools=[WEATHER], poll_interval_ms=20
    )
    assert run.required_action is not None
    [call] = run.required_action.submit_tool_outputs.tool_calls
    answers = repeated(
        site,
        thread,
        lambda: client.beta.threads.runs.submit_tool_outputs(
            run.id,
            thread_id=thread,
            tool_outputs=[{"tool_call_id": call.id, "output": "11"}],
            stream=True,
            extra_headers={"Idempotency-Key": f"submit-{thread}"},
        ),
    )
    check(answers, text="one two three four")
    assert len(provider.completions) == 2
