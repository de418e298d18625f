"""The events of a run whose log has expired, made from its rows."""

import json
from datetime import timedelta
from typing import Any

import pytest

from assistants_app.events.from_rows import events_from_rows, is_in_log
from assistants_app.events.log import BEGINNING, NewEvent
from assistants_app.events.publish import run_created
from assistants_app.events.writer import writer
from assistants_app.models import Message, Run, RunStep
from assistants_app.wire.runs.steps import (
    code_call,
    function_call,
    image_output,
    logs_output,
    message_creation_details,
    search_call,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import file_citation, image_part, text_part
from tests.cast import Cast
from tests.contract.openapi import check_event

pytestmark = pytest.mark.django_db


def add_step(run: Run, seconds: float, details: dict[str, Any], **columns: Any) -> RunStep:
    end = run.created_at + timedelta(seconds=seconds)
    return RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type=details["type"],
        status="completed",
        completed_at=end,
        step_details=details,
        usage={"prompt_tokens": 3, "completion_tokens": 2},
        **columns,
    )


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run that used each tool, waited for an output, and wrote a message."""
    run = cast.run
    run.steps.all().delete()
    begin = run.created_at
    built_in = [
        code_call("call_1", "print(1)", [logs_output("1\n"), image_output("file-1")]),
        search_call(
            call_id="call_2", query="where", ranker="auto", score_threshold=0.0, results=[]
        ),
    ]
    add_step(run, 1, tool_calls_details(built_in))
    waiting = [function_call("call_3", "get_weather", '{"location": "Paris"}', "11")]
    add_step(run, 9, tool_calls_details(waiting), waits_since=begin + timedelta(seconds=5))
    cited = text_part("Eleven【4:0†a】.")
    cited["text"]["annotations"].append(file_citation("【4:0†a】", 6, 13, "file-2"))
    message = Message.objects.create(
        thread_id=run.thread_id,
        role="assistant",
        status="completed",
        assistant_id=run.assistant_id,
        run_id=run.id,
        content=[cited, image_part("file-1")],
        completed_at=begin + timedelta(seconds=12),
    )
    add_step(run, 12, message_creation_details(message.id))
    run.status, run.started_at = "completed", begin + timedelta(seconds=0.5)
    run.completed_at = begin + timedelta(seconds=12)
    run.usage = {"prompt_tokens": 9, "completion_tokens": 6}
    run.save()
    return run


def names(events: list[NewEvent]) -> list[str]:
    return [event.name.removeprefix("thread.") for event in events]


STEP_BEGINS = ["run.step.created", "run.step.in_progress"]
MESSAGE = ["message.created", "message.in_progress", "message.delta", "message.completed"]
END = [*STEP_BEGINS, *MESSAGE, "run.step.completed", "run.completed"]


def test_each_text_and_each_list_of_calls_is_one_event(run: Run) -> None:
    events = list(events_from_rows(run, f"{round(run.created_at.timestamp() * 1000) - 20}-0"))
    calls = [*STEP_BEGINS, "run.step.delta", "run.step.completed"]
    begin = ["run.created", "run.queued", "run.in_progress"]
    assert names(events) == [*begin, *calls, *calls, *END]
    for event in events:
        check_event(event.name, event.data)
    created, *_, ended = (json.loads(event.data) for event in events)
    assert (created["status"], created["started_at"], created["usage"]) == ("queued", None, None)
    assert (ended["status"], ended["usage"]["total_tokens"]) == ("completed", 15)


def test_the_deltas_add_up_to_the_objects(run: Run) -> None:
    events = list(events_from_rows(run, BEGINNING))
    data = {event.name: json.loads(event.data) for event in events}
    content = data["thread.message.delta"]["delta"]["content"]
    without_places = [
        {name: value for name, value in part.items() if name != "index"} for part in content
    ]
    for annotation in without_places[0]["text"]["annotations"]:
        del annotation["index"]
    assert without_places == data["thread.message.completed"]["content"]
    assert data["thread.message.created"]["content"] == []
    deltas = [json.loads(event.data) for event in events if event.name.endswith("step.delta")]
    [code, search] = deltas[0]["delta"]["step_details"]["tool_calls"]
    assert (code["index"], code["code_interpreter"]["input"]) == (0, "print(1)")
    assert [output["index"] for output in code["code_interpreter"]["outputs"]] == [0, 1]
    assert search == {"index": 1, "id": "call_2", "type": "file_search", "file_search": {}}
    [function] = deltas[1]["delta"]["step_details"]["tool_calls"]
    assert function["function"]["arguments"] == '{"location": "Paris"}'


def test_a_stream_of_submitted_outputs_begins_with_their_step(run: Run) -> None:
    # The log's clock may be some milliseconds ahead of the database's, or behind it.
    for clocks in (-0.4, 0.4):
        at = run.created_at + timedelta(seconds=5 + clocks)
        events = list(events_from_rows(run, f"{round(at.timestamp() * 1000)}-3"))
        begin = ["run.step.completed", "run.queued", "run.in_progress"]
        assert names(events) == [*begin, *END]


def test_a_thread_that_came_with_the_run_is_created_first(run: Run) -> None:
    assert names(list(events_from_rows(run, BEGINNING)))[:2] == ["created", "run.created"]
    run.thread.created_at = run.created_at - timedelta(days=1)
    assert names(list(events_from_rows(run, BEGINNING)))[0] == "run.created"


def test_a_log_that_still_has_the_run_is_read_instead(run: Run) -> None:
    assert not is_in_log(run, BEGINNING)
    writer.append(run.thread_id, run_created(run))
    assert is_in_log(run, BEGINNING)
    assert not is_in_log(run, "1-1")
