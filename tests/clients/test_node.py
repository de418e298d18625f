"""The beta helpers of the vendor's Node SDK, used as its users do."""

import pytest

from tests.clients.catalogue import (
    CALLS,
    CITATIONS,
    ERRORS,
    FILES,
    LISTS,
    OBJECTS,
    RUNS,
    STREAMS,
    Client,
    locked_in_node,
    shows,
)
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.sdk.steps import search_call

CLIENTS = (Client("`openai` for Node", locked_in_node("node", "openai")),)
CALL = ToolCall("get_weather", '{"location": "Paris"}', id="call_1")
CALL_THEN_ANSWER = [Reply(tool_calls=[CALL]), Reply(text="It is 11 degrees.")]
QUESTION = "How warm is it in Paris?"


@pytest.fixture
def node(start: Start, provider: ScriptedProvider) -> Program:
    return start("node", "user.js")


@shows(OBJECTS, LISTS)
def test_objects_are_created_changed_and_deleted(node: Program) -> None:
    assert node.do("objects") == {
        "changed": ["Teacher", 0],
        "newest": True,
        "deleted": True,
        "metadata": {"a": "b"},
        "texts": ["one", "two"],
        "left": ["two"],
        "gone": True,
    }


@shows(RUNS, CALLS)
def test_helpers_poll_through_a_function_call(node: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert node.do("polling") == {
        "seen": ["requires_action", "completed"],
        "texts": [QUESTION, "It is 11 degrees."],
        "steps": ["tool_calls", "message_creation"],
        "output": "11",
    }


@shows(STREAMS)
def test_listeners_get_the_whole_stream(node: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="It is 11 degrees."))
    heard = node.do("streaming")
    assert heard["text"] == heard["done"] == "It is 11 degrees."
    assert heard["final"] == ["completed", ["message_creation"], "It is 11 degrees."]
    assert heard["steps"] == [["message_creation", "completed"]]
    assert heard["messages"] == ["completed"]
    assert (heard["created"], heard["run"], heard["ended"]) == (True, "completed", True)
    assert heard["events"][0] == "thread.run.created"
    assert heard["events"][-1] == "thread.run.completed"
    assert "error" not in heard


@shows(STREAMS, CITATIONS)
@pytest.mark.usefixtures("indexer")
def test_citations_are_streamed_with_their_marks(node: Program, provider: ScriptedProvider) -> None:
    mark = "【0:0†harbour.txt】"
    text = f"In 1907{mark}, as it says{mark}."
    provider.enqueue(search_call("harbour"), Reply(chunks=list(text)))
    assert node.do("streamingCitations") == {
        "written": text,
        "value": text,
        "marks": [[0, mark, mark, 1], [1, mark, mark, 2]],
        "cited": [[mark, True], [mark, True]],
    }


@shows(STREAMS, CALLS)
def test_calls_are_answered_with_a_second_stream(node: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    saw = node.do("streamingCalls")
    asked, answered = saw["asked"], saw["answered"]
    assert (asked["run"], answered["run"]) == ("requires_action", "completed")
    assert asked["calls"] == ["get_weather"]
    assert asked["callDone"] == '{"location": "Paris"}'
    assert asked["events"][-1] == "thread.run.requires_action"
    assert answered["events"][0] == "thread.run.step.completed"
    assert answered["text"] == "It is 11 degrees."
    assert saw["texts"] == [QUESTION, "It is 11 degrees."]


@shows(RUNS, STREAMS)
def test_threads_are_created_and_run_at_once(node: Program) -> None:
    assert node.do("atOnce") == {
        "ends": ["completed", "completed", "thread.run.completed", "thread.run.completed"],
        "begins": ["thread.created", "thread.created"],
    }


@shows(RUNS)
def test_a_run_that_waits_is_cancelled(node: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert node.do("cancelling") == ["requires_action", "cancelled"]


@shows(STREAMS)
def test_a_run_is_cancelled_from_within_its_stream(
    node: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", gate_after=2))
    heard = node.do("cancellingMidway")
    assert heard["run"] == "cancelled"
    assert heard["messages"] == ["incomplete"]
    assert heard["text"] == "one two"


@shows(STREAMS)
def test_a_client_that_leaves_early_does_not_stop_the_run(
    node: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", delay=0.02))
    assert node.do("leavingEarly") == {
        "last": "completed",
        "texts": [QUESTION, "one two three four"],
    }


@shows(FILES)
def test_files_are_stored_and_attached(node: Program) -> None:
    assert node.do("files") == {
        "made": ["notes, für später.txt", 9],
        "attached": True,
        "listed": True,
        "content": "in memory",
        "deleted": True,
    }


@shows(ERRORS)
def test_errors_have_the_right_class(node: Program) -> None:
    saw = node.do("errors")
    assert saw.pop("response") == [200, True]
    assert all(error.pop().startswith("req_") for error in saw.values())
    assert saw == {
        "unknown": ["NotFoundError", 404, None, None],
        "range": ["BadRequestError", 400, "temperature", "decimal_above_max_value"],
        "missing": ["BadRequestError", 400, "model", "missing_required_parameter"],
        "key": ["AuthenticationError", 401, None, "invalid_api_key"],
    }
