"""The prompt has as much of the thread as fits, and never splits a turn."""

import pytest

from assistants_app.engine.context import prompt_of
from assistants_app.models import Message, Run, RunStep
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.engine.messages import say


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run on an empty thread."""
    cast.message.delete()
    return make_run(cast.project, cast.thread, cast.assistant, instructions="Rules.")


def texts(run: Run, budget: int) -> list[str]:
    return [str(message["content"]) for message in prompt_of(run, lambda: budget).messages]


def test_the_whole_thread_is_shown_if_it_fits(run: Run) -> None:
    say(run, "one")
    say(run, "two", "assistant")
    say(run, "three")
    assert texts(run, 10_000) == ["Rules.", "one", "two", "three"]


def test_the_oldest_messages_are_left_out_but_never_the_newest_of_the_user(run: Run) -> None:
    for number in range(10):
        say(run, f"{number} " + "word " * 1000)
    assert [text[0] for text in texts(run, 3100)] == ["R", "7", "8", "9"]
    assert [text[0] for text in texts(run, 10)] == ["R", "9"]


def test_last_messages_limits_the_number_of_messages(run: Run) -> None:
    for number in range(5):
        say(run, str(number))
    run.truncation_strategy = {"type": "last_messages", "last_messages": 2}
    assert texts(run, 10_000) == ["Rules.", "3", "4"]


def test_tool_calls_of_earlier_runs_come_with_their_results_between_the_messages(
    cast: Cast, run: Run
) -> None:
    earlier = cast.run
    say(run, "Weather?")
    say(run, "Let me look.", "assistant", run_id=earlier.id)
    call = function_call("call_1", "get_weather", "{}", "sunny")
    details = tool_calls_details([call])
    columns = {"thread_id": run.thread_id, "assistant_id": "a", "type": "tool_calls"}
    RunStep.objects.create(run=earlier, status="completed", step_details=details, **columns)
    unanswered = tool_calls_details([function_call("call_2", "get_weather", "{}", None)])
    RunStep.objects.create(run=earlier, status="cancelled", step_details=unanswered, **columns)
    say(run, "It is sunny.", "assistant", run_id=earlier.id)
    shown = prompt_of(run, lambda: 10_000).messages
    assert [message["role"] for message in shown] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert shown[2]["content"] == "Let me look."
    assert shown[2]["tool_calls"][0]["id"] == shown[3]["tool_call_id"] == "call_1"
    assert shown[3]["content"] == "sunny"


def test_half_written_replies_are_left_out_and_cancelled_ones_stay(run: Run) -> None:
    say(run, "Go")
    say(run, "lost", "assistant", status="incomplete", incomplete_reason="run_failed")
    say(run, "stopped", "assistant", status="incomplete", incomplete_reason="run_cancelled")
    say(run, "growing", "assistant", status="in_progress")
    assert texts(run, 10_000) == ["Rules.", "Go", "stopped"]


def test_images_are_parts_of_their_message(run: Run) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}
    Message.objects.create(
        thread_id=run.thread_id, role="user", content=[text_part("What is it?"), image]
    )
    assert prompt_of(run, lambda: 10_000).messages[1]["content"] == [
        {"type": "text", "text": "What is it?"},
        image,
    ]


def call_tool(run: Run, output: str) -> None:
    columns = {"thread_id": run.thread_id, "assistant_id": "a", "type": "tool_calls"}
    details = tool_calls_details([function_call("call_9", "look", "{}", output)])
    RunStep.objects.create(run=run, status="completed", step_details=details, **columns)


def test_results_of_earlier_calls_count_and_are_left_out_with_their_question(
    cast: Cast, run: Run
) -> None:
    say(run, "What is in it?")
    call_tool(cast.run, "word " * 4000)
    say(run, "Words.", "assistant", run_id=cast.run.id)
    say(run, "And now?")
    assert texts(run, 5000)[1:] == ["What is in it?", "None", "word " * 4000, "Words.", "And now?"]
    assert texts(run, 3000)[1:] == ["Words.", "And now?"]
    # With room for the calls but not for the question before them, both are left out.
    RunStep.objects.all().delete()
    Message.objects.filter(role="user").first().delete()  # type: ignore[union-attr]
    assert texts(run, 3000)[1:] == ["Words.", "And now?"]


def test_the_runs_own_calls_are_always_shown_even_if_they_do_not_fit(run: Run) -> None:
    say(run, "What is in it?")
    run.usage = {"prompt_tokens": 5}
    call_tool(run, "word " * 4000)
    prompt = prompt_of(run, lambda: 100)
    assert [message["role"] for message in prompt.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert not prompt.fits
    assert prompt_of(run, lambda: 5000).fits


def test_tool_definitions_count_towards_the_budget(run: Run) -> None:
    for number in range(4):
        say(run, f"{number} " + "word " * 1000)
    run.tools = [{"type": "function", "function": {"name": "f", "description": "word " * 1000}}]
    assert [text[0] for text in texts(run, 3100)] == ["R", "2", "3"]
