"""The page marks calls whose arguments no program can read, and says why a call was cut."""

from typing import Any

import pytest

from assistants_app.models import RunStep
from assistants_app.rendering.runs.trace import parts_of
from assistants_app.wire.runs.runs import required_action
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from tests.cast import Cast, make_run
from tests.web.pages import say, shown, squeezed

MARK = "invalid JSON"
BROKEN = [
    '{"path":"a.txt","content":"line',
    "{'a': 1}",
    '{"a": NaN}',
    '{"a": "one\ntwo"}',
    "[" * 100_000,
]
FINE = ["{}", '{"a": {"b": [1, null]}}', '"text"', r'{"a": "\ud83c"}']


def page_with(cast: Cast, arguments: str, status: str = "completed", **columns: Any) -> str:
    """Return the thread's page with a reply after a call with these arguments."""
    output = "done" if status == "completed" else None
    waits = status == "in_progress"
    call = function_call("call_1", "write_file", arguments, output)
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="requires_action" if waits else "completed",
        required_action=required_action([call]) if waits else None,
    )
    RunStep.objects.create(
        run=run,
        thread_id=cast.thread.id,
        assistant_id=cast.assistant.id,
        type="tool_calls",
        status=status,
        step_details=tool_calls_details([call]),
        **columns,
    )
    say(cast.thread, "There.", "assistant", run_id=run.id)
    return squeezed(shown(cast, "playground", t=cast.thread.id))


@pytest.mark.parametrize("arguments", BROKEN)
def test_arguments_that_are_not_json_are_marked(cast: Cast, arguments: str) -> None:
    assert page_with(cast, arguments).count(f">{MARK}<") == 1


@pytest.mark.parametrize("arguments", FINE)
def test_json_is_not_marked(cast: Cast, arguments: str) -> None:
    assert MARK not in page_with(cast, arguments)


def test_the_card_of_a_waiting_run_marks_them_too(cast: Cast) -> None:
    page = page_with(cast, BROKEN[0], "in_progress")
    card = page.split("data-call", 1)[1].split("</legend>")[0]
    assert f">{MARK}<" in card


def test_a_cut_call_says_why_it_has_no_output(cast: Cast) -> None:
    error = {"code": "server_error", "message": "The reply reached its token limit."}
    page = page_with(cast, BROKEN[0], "failed", last_error=error)
    assert "The reply reached its token limit." in page
    assert f">{MARK}<" in page


@pytest.mark.parametrize(("arguments", "marked"), [(BROKEN[0], True), (FINE[1], False)])
def test_the_trace_marks_them_in_the_title(arguments: str, marked: bool) -> None:
    call = function_call("call_1", "write_file", arguments, "done")
    parts = parts_of(RunStep(step_details=tool_calls_details([call])), {})
    assert ("write_file · arguments, invalid JSON" in [part.label for part in parts]) is marked
