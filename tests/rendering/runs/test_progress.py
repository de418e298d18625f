"""The row of an active run: who answers, and what the run does until its reply begins."""

import json
import re

import pytest

from assistants_app.events import publish
from assistants_app.events.log import Event, NewEvent
from assistants_app.models import Run, RunStep
from assistants_app.queries.threads.state import thread_runs
from assistants_app.rendering.runs.waiting_card import render_outcome
from assistants_app.rendering.threads.live import LiveThread
from assistants_app.wire.runs.steps import (
    code_call,
    code_call_start,
    code_result,
    function_call,
    function_call_start,
    message_creation_details,
    search_call,
    search_call_start,
    step_delta,
    tool_calls_details,
)
from tests.cast import Cast, make_run


def shown(cast: Cast) -> str:
    """Return the row's text, without its time."""
    html = str(render_outcome(thread_runs(cast.thread.id)))
    if "progress" not in html:
        return ""
    return " ".join(re.sub(r"<time.*?</time>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def running(cast: Cast, **columns: object) -> Run:
    cast.assistant.name = "Data <analyst>"
    cast.assistant.save()
    columns = {"status": "in_progress", "model": "gpt-4o", **columns}
    return make_run(cast.project, cast.thread, cast.assistant, **columns)


def step_of(run: Run, *calls: object, **columns: object) -> RunStep:
    details = tool_calls_details(list(calls))  # type: ignore[arg-type]
    return RunStep.objects.create(
        **{
            "run": run,
            "thread_id": run.thread_id,
            "assistant_id": run.assistant_id,
            "type": "tool_calls",
            "status": "in_progress",
            "step_details": details,
            **columns,
        }
    )


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"used_draft": True, "version_number": 3}, "· draft · waiting for gpt-4o"),
        ({"version_number": 3}, "· v3 · waiting for gpt-4o"),
        ({}, "· waiting for gpt-4o"),
        ({"status": "queued"}, "· queued"),
        ({"status": "cancelling"}, "· stopping"),
    ],
)
def test_it_says_who_answers_and_which_model_it_waits_for(
    cast: Cast, columns: dict[str, object], told: str
) -> None:
    running(cast, **columns)
    assert shown(cast) == f"Data &lt;analyst&gt; {told}"


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "requires_action"])
def test_a_run_that_does_nothing_has_none(cast: Cast, status: str) -> None:
    running(cast, status=status)
    assert shown(cast) == ""


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (code_call("c", "1", []), "running code"),
        (search_call("s", query="q", ranker="r", score_threshold=0.0, results=[]), "searching"),
        (function_call("f", "get_weather", "{}", None), "calling get_weather"),
    ],
)
def test_it_names_the_tool_and_then_waits_for_the_model_again(
    cast: Cast, call: object, told: str
) -> None:
    run = running(cast)
    step = step_of(run, call)
    assert shown(cast).endswith(f"· {told}")
    RunStep.objects.filter(pk=step.pk).update(status="completed")
    assert shown(cast).endswith("· waiting for gpt-4o")


def test_a_reply_that_is_being_written_shows_itself(cast: Cast) -> None:
    run = running(cast)
    step_of(run, type="message_creation", step_details=message_creation_details("msg_1"))
    assert shown(cast) == ""


def test_events_tell_what_the_database_does_not_know_yet(cast: Cast) -> None:
    run = running(cast)
    step = RunStep(run_id=run.id, thread_id=cast.thread.id, type="tool_calls")
    step.step_details = tool_calls_details([])
    live = LiveThread(cast.project.id)

    def after(*events: NewEvent) -> str:
        for event in events:
            live.apply(Event("1-0", event.name, event.run_id, event.data))
        return live.take_changes().activity

    def grew(call: dict[str, object]) -> NewEvent:
        return NewEvent("thread.run.step.delta", run.id, json.dumps(step_delta(step.id, [call])))

    thought = NewEvent("playground.reasoning.delta", run.id, '{"id": "r", "text": "Hm"}')
    assert after(publish.run_is("in_progress", run)) == ""
    assert after(thought) == "thinking"
    assert after(*publish.step_created(step)) == ""
    assert after(grew(code_call_start(0, "c"))) == "writing code"
    assert live.unfinished().activity == "writing code"
    assert after(publish.code_runs(step.id, 0)) == "running code"
    result = code_result("ok", seconds=1.0, files=[])
    assert after(publish.call_ended(step.id, 0, result), grew(search_call_start(1, "s"))) == (
        "searching"
    )
    assert after(grew(function_call_start(2, "f", "look"))) == "searching, calling look"
