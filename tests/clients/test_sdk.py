"""Four versions of the vendor's SDK from three major releases, synchronous and asynchronous."""

from typing import Any

import pytest

from tests.clients.catalogue import CALLS, ERRORS, LISTS, OBJECTS, OURS, RUNS, STREAMS, shows
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.clients.versions import BOTH, SDKS, VERSIONS
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

SCRIPTS = ["sdk.py", "sdk_async.py"]
USERS = [(version, script) for script in SCRIPTS for version in VERSIONS]
AZURE_USERS = [
    (OURS, "sdk.py", "azure"),
    ("openai-2", "sdk_async.py", "azure"),
    ("openai-1.109", "sdk.py", "azure"),
    ("openai-1.21", "sdk_async.py", "azure"),
]
# Version 1.21.2 has no method for it.
THAT_DELETE_MESSAGES = tuple(SDKS[version] for version in VERSIONS if version != "openai-1.21")
CLIENTS = BOTH
CALL = ToolCall("get_weather", '{"location": "Paris"}', id="call_1")
CALL_THEN_ANSWER = [Reply(tool_calls=[CALL]), Reply(text="It is 11 degrees.")]
QUESTION = "How warm is it in Paris?"
FUNCTION_EVENTS = [
    "thread.run.created",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.run.step.delta",
    "thread.run.requires_action",
    "thread.run.step.completed",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
]


@pytest.fixture(params=[*USERS, *AZURE_USERS], ids="-".join)
def user(request: pytest.FixtureRequest, start: Start, provider: ScriptedProvider) -> Program:
    """A program for each version, with a provider that has been reset."""
    return start(*request.param)


def once_each(events: list[str]) -> list[str]:
    """Return the events with adjacent duplicates removed."""
    return [name for name, before in zip(events, [None, *events], strict=False) if name != before]


@shows(OBJECTS, LISTS)
def test_assistants_are_created_changed_and_deleted(user: Program) -> None:
    saw = user.do("assistants")
    first, second, third = saw["made"]
    assert saw["same"]
    assert saw["changed"] == ["Teacher", 0, {"n": "0"}]
    assert saw["newest"][:3] == saw["paged"] == [third, second, first]
    assert saw["deleted"] == [first, True, "assistant.deleted"]
    assert saw["left"][:2] == [third, second]
    assert first not in saw["left"]


@shows(OBJECTS, LISTS)
def test_threads_and_messages_are_created_changed_and_deleted(user: Program) -> None:
    assert user.do("threads_and_messages") == {
        "metadata": [{"k": "v"}, {"c": "d"}],
        "same": True,
        "texts": ["one", "two"],
        "paged": ["one", "two"],
        "deleted": True,
    }


@shows(RUNS)
def test_a_loop_polls_a_run(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="x is 1.", usage=(31, 7)))
    assert user.do("poll_loop") == {
        "first": "queued",
        "last": "completed",
        "texts": ["Solve 3x + 11 = 14", "x is 1."],
        "runs": True,
        "steps": ["message_creation"],
        "step": ["completed", 38],
        "usage": 38,
        "metadata": {"k": "v"},
    }


@shows(RUNS, CALLS)
def test_helpers_poll_through_a_function_call(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert user.do("poll_helpers") == {
        "seen": ["requires_action", "completed"],
        "texts": [QUESTION, "It is 11 degrees."],
    }
    assert provider.completions[1]["messages"][-1] == {
        "role": "tool",
        "tool_call_id": "call_1",
        "content": "11",
    }


@shows(RUNS, CALLS)
def test_a_loop_answers_function_calls(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert user.do("action_loop") == {
        "called": [["get_weather", '{"location": "Paris"}']],
        "last": "completed",
        "texts": [QUESTION, "It is 11 degrees."],
    }


@shows(STREAMS)
def test_a_handler_gets_the_whole_stream(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="It is 11 degrees."))
    heard = user.do("stream")
    assert heard["text"] == heard["final"] == "It is 11 degrees."
    assert heard["done"] == ["It is 11 degrees."]
    assert heard["messages"] == ["completed"]
    assert heard["steps"] == [["message_creation", "completed"]]
    assert heard["final_steps"] == ["message_creation"]
    assert (heard["run"], heard["ended"], len(heard["created"])) == ("completed", 1, 1)
    assert "exception" not in heard
    assert heard["events"][-1] == "thread.run.completed"


@shows(STREAMS, CALLS)
def test_a_handler_answers_calls_within_its_stream(
    user: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    heard = user.do("stream_with_calls")
    assert once_each(heard["events"]) == FUNCTION_EVENTS
    assert heard["calls"] == ["get_weather"]
    assert heard["call_done"] == '{"location": "Paris"}'
    assert heard["call_done"].endswith(heard["arguments"])
    assert heard["text"] == "It is 11 degrees."
    assert heard["texts"] == [QUESTION, "It is 11 degrees."]
    assert heard["ended"] == 2
    assert "exception" not in heard


@shows(STREAMS)
def test_text_is_iterated(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="one two three"))
    assert user.do("text_deltas") == "one two three"


@shows(STREAMS)
def test_plain_events_are_iterated(user: Program) -> None:
    events = user.do("plain_events")
    assert (events[0], events[-1]) == ("thread.run.created", "thread.run.completed")
    assert "thread.message.delta" in events


@shows(RUNS, STREAMS)
def test_threads_are_created_and_run_at_once(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*[Reply(text=text) for text in ("one", "two", "three")])
    assert user.do("at_once") == {
        "ends": ["completed"] * 3,
        "texts": [[QUESTION, "one"], [QUESTION, "two"]],
        "begins": ["thread.created", "thread.run.created"],
        "text": "three",
    }


@shows(RUNS)
def test_a_run_that_waits_is_cancelled(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    saw = user.do("cancelled")
    assert saw["seen"] == ["requires_action", "cancelled"]
    assert saw["answer"] in ("cancelling", "cancelled")
    assert saw["at"]


@shows(STREAMS)
def test_a_run_is_cancelled_from_within_its_stream(
    user: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", gate_after=2))
    heard = user.do("cancelled_midway")
    assert heard["answer"] == "cancelling"
    assert heard["events"][-2:] == ["thread.run.step.cancelled", "thread.run.cancelled"]
    assert heard["messages"] == ["incomplete"]
    assert heard["text"] == "one two"
    assert heard["run"] == "cancelled"


@shows(STREAMS)
def test_a_client_that_leaves_early_does_not_stop_the_run(
    user: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", delay=0.02))
    assert user.do("left_early") == {
        "last": "completed",
        "texts": [QUESTION, "one two three four"],
    }


@shows(ERRORS)
def test_a_failure_reaches_the_client(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Half an answer", error_after=2))
    assert user.do("failed") == {"code": "server_error", "last": "thread.run.failed"}


@shows(OBJECTS)
def test_raw_answers_have_headers(user: Program) -> None:
    saw = user.do("raw_answers")
    assert saw["status"] == 200
    assert saw["same"]
    request_id, milliseconds = saw["headers"]
    assert request_id.startswith("req_")
    assert int(milliseconds) >= 0


@shows(ERRORS)
def test_errors_have_the_right_class(user: Program) -> None:
    saw = user.do("errors")
    unknown: list[Any] = ["NotFoundError", 404, None, None]
    assert saw["unknown"][:4] == unknown
    assert "No assistant found with id 'asst_nobody'" in saw["unknown"][4]
    assert saw["run"][:4] == unknown
    assert saw["range"][:4] == ["BadRequestError", 400, "temperature", "decimal_above_max_value"]
    assert saw["missing"][:4] == ["BadRequestError", 400, "model", "missing_required_parameter"]
    assert saw["key"][:4] == ["AuthenticationError", 401, None, "invalid_api_key"]
    for error in saw.values():
        assert error[5:] == ["invalid_request_error", True]


@shows(RUNS)
def test_one_assistants_reply_is_anothers_question(
    user: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="A poem."), Reply(text="It does not rhyme."))
    assert user.do("two_assistants") == ["A poem.", "It does not rhyme."]


@shows(OBJECTS, clients=THAT_DELETE_MESSAGES)
@pytest.mark.parametrize("version", [version for version in VERSIONS if version != "openai-1.21"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_message_is_deleted(start: Start, version: str, script: str) -> None:
    saw = start(version, script).do("message_deleted")
    assert saw == {"deleted": [True, "thread.message.deleted"], "texts": ["one"]}


@shows(ERRORS, clients=tuple(SDKS.values()))
@pytest.mark.parametrize(("version", "script"), USERS)
def test_a_request_without_the_beta_header_is_refused(
    start: Start, version: str, script: str
) -> None:
    status, code, message = start(version, script).do("header_forgotten")
    assert (status, code) == (400, "invalid_beta")
    assert "'OpenAI-Beta: assistants=v2'" in message
