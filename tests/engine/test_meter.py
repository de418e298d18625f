"""The context meter shows what a run would send, without a run."""

from typing import Any

import pytest

from assistants_app import conf
from assistants_app.engine import meter
from assistants_app.engine.budget import prompt_budget
from assistants_app.engine.context import MeasuredRow, prompt_of
from assistants_app.engine.meter import ContextMeter, context_meter
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.threads.prompt_messages import PromptMessage
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.engine.messages import say


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run on an empty thread. Its assistant has short instructions."""
    cast.message.delete()
    cast.assistant.instructions = "Rules."
    cast.assistant.save()
    return make_run(cast.project, cast.thread, cast.assistant, instructions="Rules.")


def measure(cast: Cast, window: int | None, **options: Any) -> ContextMeter:
    return context_meter(cast.assistant, cast.thread, window, options)


def said(rows: list[MeasuredRow]) -> list[str]:
    return [
        row.row.content[0]["text"]["value"][0] for row in rows if isinstance(row.row, PromptMessage)
    ]


def test_an_empty_thread_has_only_the_instructions(cast: Cast, run: Run) -> None:
    found = measure(cast, 8000)
    assert (found.rows, found.window, found.known) == ([], 8000, True)
    assert 4 < found.fixed < 10
    assert found.used == found.fixed


def test_an_unknown_window_is_the_default_of_runs(cast: Cast, run: Run) -> None:
    found = measure(cast, None)
    assert (found.window, found.known) == (conf.DEFAULT_CONTEXT_TOKENS, False)
    assert found.budget == prompt_budget(run, None)


@pytest.mark.parametrize("window", [20_000, 4000, 2000, 300])
def test_it_shows_what_a_run_would_send(cast: Cast, run: Run, window: int) -> None:
    for number in range(8):
        say(run, f"{number} " + "word " * (300 + 100 * number))
    found = measure(cast, window)
    sent = prompt_of(run, lambda: prompt_budget(run, window))
    texts = [str(message["content"])[0] for message in sent.messages[1:]]
    assert said([row for row in found.rows if row.shown]) == texts
    assert said(found.rows) == list("01234567")
    assert said(found.dropped) == list("01234567"[: 8 - len(texts)])
    assert found.fits == sent.fits


def test_each_row_has_its_own_size(cast: Cast, run: Run) -> None:
    say(run, "word " * 100)
    say(run, "word " * 200, "assistant", run_id=cast.run.id)
    RunStep.objects.create(
        run=cast.run,
        thread_id=run.thread_id,
        assistant_id="a",
        type="tool_calls",
        status="completed",
        step_details=tool_calls_details([function_call("call_1", "look", "{}", "word " * 400)]),
    )
    one, two, calls = measure(cast, 20_000).rows
    assert 100 <= one.tokens < 115
    assert 200 <= two.tokens < 215
    assert isinstance(calls.row, RunStep)
    assert 400 <= calls.tokens < 460


def test_last_messages_leaves_out_the_rest(cast: Cast, run: Run) -> None:
    for number in range(5):
        say(run, str(number))
    newest = {"type": "last_messages", "last_messages": 2}
    assert said(measure(cast, 20_000, truncation_strategy=newest).dropped) == ["0", "1", "2"]


def test_tools_are_part_of_the_fixed_size(cast: Cast, run: Run) -> None:
    bare = measure(cast, 8000).fixed
    cast.assistant.tools = [
        {"type": "function", "function": {"name": "f", "description": "word " * 500}}
    ]
    assert measure(cast, 8000).fixed > bare + 500


def test_old_rows_of_long_threads_are_not_measured(
    cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "MOST_ROWS", 3)
    rows = [
        Message(thread_id=run.thread_id, role="user", content=[text_part(f"{n} " + "w " * 400)])
        for n in range(6)
    ]
    Message.objects.bulk_create(rows)
    found = measure(cast, 1000)
    assert (said(found.rows), found.older) == (["3", "4", "5"], True)
    assert len(measure(cast, 20_000).rows) == 6


def test_nothing_is_written(cast: Cast, run: Run) -> None:
    runs = Run.objects.count()
    measure(cast, 8000)
    assert Run.objects.count() == runs
