"""Functions are answered from the tape, and misses as the policy says."""

import pytest

from assistants_app.models import FunctionMock, RunStep, Tape
from assistants_app.services.runs.tapes import delete_tape
from tests.cast import Cast, make_run
from tests.engine.carrying_out import execute
from tests.engine.messages import say
from tests.engine.tapes.taped import (
    ODD,
    WEATHER,
    Taped,
    call,
    calls_of,
    notes_of,
    reply_of,
    shown_outputs,
)
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall


@pytest.fixture
def tape(taped: Taped) -> Tape:
    """Oslo, then Rome, then Oslo again."""
    recorded = taped.run(
        taped.thread(),
        call("weather", '{"city": "Oslo"}'),
        call("weather", '{"city": "Rome", "unit": "C"}'),
        call("weather", '{"city": "Oslo"}'),
        Reply(text="Rain, sun and snow."),
        answers=[ODD, "sun", "snow"],
    )
    assert recorded.status == "completed"
    return taped.record(recorded)


def test_an_output_is_the_same_to_the_byte(taped: Taped, tape: Tape) -> None:
    run = taped.replay(tape, call("weather", '{ "city":"Oslo" }'), Reply(text="Rain."))
    assert (run.status, reply_of(run)) == ("completed", "Rain.")
    assert calls_of(run)[0]["function"]["output"] == ODD
    assert shown_outputs(taped.scripted) == [ODD]
    assert notes_of(run) == [{"position": 0, "drift": []}]


def test_calls_of_one_turn_take_the_next_recorded_ones(taped: Taped, tape: Tape) -> None:
    both = Reply(
        tool_calls=[
            ToolCall("weather", '{"city": "Oslo"}', id="call_a"),
            ToolCall("weather", '{"city": "Oslo"}', id="call_b"),
        ]
    )
    run = taped.replay(tape, both, Reply(text="Done."))
    assert [made["function"]["output"] for made in calls_of(run)] == [ODD, "snow"]


def test_a_later_run_of_the_thread_goes_on_with_the_tape(taped: Taped, tape: Tape) -> None:
    thread = taped.thread()
    oslo = call("weather", '{"city": "Oslo"}')
    taped.replay(tape, oslo, Reply(text="Rain."), thread=thread)
    second = taped.replay(tape, oslo, Reply(text="Snow."), thread=thread)
    assert [note["position"] for note in notes_of(second)] == [2]
    # Another thread begins at the start of the tape.
    other = taped.replay(tape, oslo, Reply(text="Rain."))
    assert [note["position"] for note in notes_of(other)] == [0]


def test_the_model_sees_only_its_own_calls(taped: Taped, tape: Tape) -> None:
    taped.replay(tape, call("weather", '{"city": "Rome", "unit": "C"}'), Reply(text="Sun."))
    sent = str(taped.scripted.completions[-1])
    assert "sun" in sent
    assert "snow" not in sent
    assert "Oslo" not in sent


def test_other_arguments_miss_and_fail_the_run(taped: Taped, tape: Tape) -> None:
    run = taped.replay(tape, call("weather", '{"city": "Bonn"}'))
    assert (run.status, run.required_action) == ("failed", None)
    assert run.last_error["message"] == (
        'The tape has no output for weather({"city":"Bonn"}). The next recorded call has "Oslo" in '
        '“city” instead of "Bonn".'
    )
    # The model has been paid.
    assert (run.usage["prompt_tokens"], run.usage["completion_tokens"]) == (10, 5)
    [made] = calls_of(run)
    assert made["result"]["ended"] == "missed"
    assert notes_of(run) == [{"missed": run.last_error["message"], "rebuilt": []}]


def test_in_order_answers_other_arguments_and_reports_them(taped: Taped, tape: Tape) -> None:
    run = taped.replay(
        tape, call("weather", '{"city": "Bonn"}'), Reply(text="Rain."), matching="in_order"
    )
    assert run.status == "completed"
    assert notes_of(run) == [
        {
            "position": 0,
            "drift": [{"path": "city", "recorded": '"Oslo"', "given": '"Bonn"'}],
        }
    ]
    # The call is the variant's own.
    assert calls_of(run)[0]["function"]["arguments"] == '{"city": "Bonn"}'


def test_a_person_is_asked_for_what_the_tape_has_not(taped: Taped, tape: Tape) -> None:
    replies = (
        Reply(
            tool_calls=[
                ToolCall("weather", '{"city": "Oslo"}', id="call_a"),
                ToolCall("weather", '{"city": "Bonn"}', id="call_b"),
            ]
        ),
        call("weather", '{"city": "Oslo"}'),
        Reply(text="Done."),
    )
    run = taped.replay(tape, *replies, on_miss="ask")
    assert run.status == "requires_action"
    [waiting] = run.required_action["submit_tool_outputs"]["tool_calls"]
    assert waiting["id"] == "call_b"
    taped.answer(run, "fog")
    run.refresh_from_db()
    assert run.status == "completed"
    assert [made["function"]["output"] for made in calls_of(run)] == [ODD, "fog", "snow"]
    # What the person answered takes nothing from the tape.
    assert [note.get("position") for note in notes_of(run)] == [0, None, 2]


def test_a_mock_answers_what_the_tape_has_not(taped: Taped, tape: Tape, cast: Cast) -> None:
    bonn = call("weather", '{"city": "Bonn"}')
    missed = taped.replay(tape, bonn, on_miss="mock")
    assert missed.last_error["message"].endswith("No mock answers it either.")
    # Also one that doesn't answer at once: the policy asks for it.
    FunctionMock.objects.create(
        project=cast.project,
        assistant=cast.assistant,
        function="weather",
        definition={"output": "mocked"},
    )
    run = taped.replay(tape, bonn, Reply(text="Mocked."), on_miss="mock")
    assert calls_of(run)[0]["function"]["output"] == "mocked"
    assert calls_of(run)[0]["result"]["ended"] == "by_mock"
    assert "missed" in notes_of(run)[0]
    # The policy's own mocks go first, and need no tape.
    mocks = {"weather": {"rules": [], "default": "frozen"}}
    run = taped.replay(None, bonn, Reply(text="Mocked."), on_miss="mock", mocks=mocks)
    assert calls_of(run)[0]["function"]["output"] == "frozen"


def test_a_live_miss_waits_for_the_application(taped: Taped, tape: Tape) -> None:
    run = taped.replay(tape, call("weather", '{"city": "Bonn"}'), on_miss="live")
    assert run.status == "requires_action"


def test_a_function_that_the_run_lacks_is_an_error_as_usual(taped: Taped, tape: Tape) -> None:
    run = taped.run(
        taped.thread(),
        call("weather", '{"city": "Oslo"}'),
        Reply(text="No such function."),
        tools=[],
        tape=tape,
        tape_policy={},
    )
    assert run.status == "completed"
    assert calls_of(run)[0]["function"]["output"].startswith("Error: there is no function")
    # It is no answer of the function, so it isn't recorded.
    assert taped.record(run).calls.count() == 0


def test_a_deleted_tape_misses_every_call(taped: Taped, tape: Tape, cast: Cast) -> None:
    run = make_run(
        cast.project, taped.thread(), cast.assistant, tools=[WEATHER], tape=tape, tape_policy={}
    )
    say(run, "What is the weather?")
    delete_tape(project=cast.project, tape_id=tape.id)
    taped.scripted.enqueue(call("weather", '{"city": "Oslo"}'))
    execute(run.id)
    run.refresh_from_db()
    assert run.last_error["message"] == "The run has no tape, or its tape was deleted."


def test_a_call_of_a_lost_attempt_is_not_used_up(
    taped: Taped, tape: Tape, scripted: ScriptedProvider
) -> None:
    thread = taped.thread()
    lost = taped.replay(tape, call("weather", '{"city": "Rome", "unit": "C"}'), thread=thread)
    # As `close_lost_attempt` leaves it.
    RunStep.objects.filter(run=lost, type="tool_calls").update(status="failed")
    run = taped.replay(
        tape,
        call("weather", '{"city": "Rome", "unit": "C"}'),
        Reply(text="Sun."),
        thread=thread,
    )
    assert calls_of(run)[0]["function"]["output"] == "sun"


def test_a_tape_that_was_replayed_can_be_recorded_again(taped: Taped, tape: Tape) -> None:
    run = taped.replay(
        tape, call("weather", '{"city": "Bonn"}'), Reply(text="Rain."), matching="in_order"
    )
    again = taped.record(run)
    copy = taped.replay(again, call("weather", '{"city": "Bonn"}'), Reply(text="Rain."))
    assert calls_of(copy)[0]["function"]["output"] == ODD
    assert notes_of(copy) == [{"position": 0, "drift": []}]
