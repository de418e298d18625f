"""A fork's model sees the calls and results behind the copied replies, where they were."""

from typing import Any

import pytest

from assistants_app.engine.context import prompt_of
from assistants_app.models import Message, Run, RunStep, Thread
from assistants_app.services.runs.requests import rerun
from assistants_app.services.threads import forks
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.runs.steps import (
    code_call,
    function_call,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.engine.messages import say


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


def add_step(run: Run, kind: str, details: Any, **columns: Any) -> RunStep:
    values = {"status": "completed", "thread_id": run.thread_id, "assistant_id": "a"}
    return RunStep.objects.create(run=run, type=kind, step_details=details, **(values | columns))


def reply(run: Run, text: str, **columns: Any) -> Message:
    message = say(run, text, "assistant", run_id=run.id, **columns)
    add_step(run, "message_creation", message_creation_details(message.id))
    return message


def call(run: Run, name: str, output: str | None = "done", **columns: Any) -> RunStep:
    details = tool_calls_details([function_call(f"call_{name}", name, "{}", output)])
    return add_step(run, "tool_calls", details, **columns)


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """A thread with two runs: one that calls before, between and after two replies, and one that
    calls before its only reply.
    """
    cast.message.delete()
    cast.step.delete()
    first = cast.run
    say(first, "one?")
    call(first, "a")
    reply(first, "Looking.")
    call(first, "b")
    call(first, "refused", status="failed")
    reply(first, "Found.")
    call(first, "c")
    second = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    say(second, "two?")
    call(second, "d")
    reply(second, "Again.")
    return cast.thread


def shown(cast: Cast, thread: Thread) -> list[str]:
    """Return what a new run on the thread shows to its model: texts, and names of calls."""
    words: list[str] = []
    run = make_run(cast.project, thread, cast.assistant)
    chat = prompt_of(run, lambda: 10_000).messages
    run.delete()
    results = iter([message for message in chat if message["role"] == "tool"])
    for message in chat:
        if message["role"] != "tool" and message["content"]:
            words.append(message["content"])
        for asked in message.get("tool_calls", ()):
            assert next(results)["tool_call_id"] == asked["id"]
            words.append(asked["function"]["name"])
    return words


WHOLE = ["one?", "a", "Looking.", "b", "Found.", "c", "two?", "d", "Again."]


def message(thread: Thread, text: str) -> Message:
    rows = Message.objects.filter(thread=thread)
    return next(row for row in rows if row.content[0]["text"]["value"] == text)


def fork(thread: Thread, text: str | None = None) -> Thread:
    at = message(thread, text).id if text else None
    return forks.fork_thread(project=thread.project, thread_id=thread.id, message_id=at)


def edited(thread: Thread, text: str) -> Thread:
    return forks.edit_and_fork(
        project=thread.project,
        thread_id=thread.id,
        message_id=message(thread, text).id,
        text="edited",
    )


def test_a_fork_shows_all_calls_where_they_were(cast: Cast, thread: Thread) -> None:
    assert shown(cast, thread) == WHOLE
    assert shown(cast, fork(thread)) == WHOLE
    assert shown(cast, fork(fork(fork(thread)))) == WHOLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one?", WHOLE[:1]),
        ("Looking.", WHOLE[:3]),
        ("Found.", WHOLE[:6]),
        ("two?", WHOLE[:7]),
        ("Again.", WHOLE),
    ],
)
def test_a_fork_in_the_middle_shows_the_calls_before_it(
    cast: Cast, thread: Thread, text: str, expected: list[str]
) -> None:
    made = fork(thread, text)
    assert shown(cast, made) == expected
    assert shown(cast, fork(made)) == expected
    Message.objects.create(thread=made, role="user", content=[text_part("Go on.")])
    assert shown(cast, made) == [*expected, "Go on."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one?", ["edited"]),
        ("Looking.", ["one?", "edited"]),
        ("Found.", [*WHOLE[:4], "edited"]),
        ("two?", [*WHOLE[:6], "edited"]),
        ("Again.", [*WHOLE[:7], "edited"]),
    ],
)
def test_an_edited_message_has_the_calls_before_it(
    cast: Cast, thread: Thread, text: str, expected: list[str]
) -> None:
    assert shown(cast, edited(thread, text)) == expected
    assert shown(cast, edited(fork(thread), text)) == expected


@pytest.mark.parametrize("copied", [False, True])
def test_a_rerun_reply_is_written_without_the_calls_of_the_old_one(
    cast: Cast, thread: Thread, copied: bool
) -> None:
    origin = fork(thread) if copied else thread
    params = RunCreateParams(assistant_id=cast.assistant.id)
    for text, expected in (("Found.", WHOLE[:1]), ("Again.", WHOLE[:7])):
        at = message(origin, text)
        made = rerun(project=cast.project, thread_id=origin.id, message_id=at.id, params=params)
        texts = [row.content[0]["text"]["value"] for row in made.thread.messages.order_by("pk")]
        made.delete()
        assert shown(cast, made.thread) == expected
        assert texts == [word for word in expected if len(word) > 1]


def test_new_calls_of_a_fork_come_after_the_copied_ones(cast: Cast, thread: Thread) -> None:
    made = fork(thread, "Found.")
    run = make_run(cast.project, made, cast.assistant, status="completed")
    say(run, "three?")
    call(run, "e")
    reply(run, "There.")
    assert shown(cast, made) == [*WHOLE[:6], "three?", "e", "There."]
    assert shown(cast, fork(made)) == [*WHOLE[:6], "three?", "e", "There."]


def test_a_reply_and_its_calls_are_one_message_in_a_fork_too(cast: Cast, thread: Thread) -> None:
    chat = prompt_of(make_run(cast.project, fork(thread), cast.assistant), lambda: 9_999).messages
    together = [row["content"] for row in chat if row.get("tool_calls")]
    assert together == [None, "Looking.", "Found.", None]


def test_forks_without_their_original_show_the_texts(cast: Cast, thread: Thread) -> None:
    texts = [word for word in WHOLE if len(word) > 1]
    made = fork(thread)
    thread.delete()
    assert shown(cast, made) == texts
    assert shown(cast, fork(made)) == texts


def test_forks_that_do_not_name_the_originals_show_the_texts(cast: Cast, thread: Thread) -> None:
    made = fork(thread)
    Message.objects.filter(thread=made).update(copied_from_id=None, copied_run_id=None)
    assert shown(cast, made) == [word for word in WHOLE if len(word) > 1]


def test_a_fork_of_a_long_thread_keeps_calls_across_batches(cast: Cast, thread: Thread) -> None:
    for number in range(120):
        run = make_run(cast.project, thread, cast.assistant, status="completed")
        reply(run, f"Reply {number}")
        call(run, f"x{number}")
    assert shown(cast, fork(thread)) == shown(cast, thread)


def test_a_fork_is_told_that_its_code_session_is_new(cast: Cast, thread: Thread) -> None:
    for number in (1, 2):
        run = make_run(cast.project, thread, cast.assistant, status="completed")
        details = tool_calls_details([code_call(f"call_{number}", "x = 1", [])])
        seen = {f"call_{number}": f"Output {number}"}
        add_step(run, "tool_calls", details, shown_to_model=seen)
        reply(run, "Computed.")
    results = {}
    for place in (thread, fork(thread)):
        run = make_run(cast.project, place, cast.assistant)
        chat = prompt_of(run, lambda: 10_000).messages
        results[place.id] = [row["content"] for row in chat if row["role"] == "tool"][-2:]
        run.delete()
    own, forked = results.values()
    assert own == ["Output 1", "Output 2"]
    assert forked[0] == "Output 1"
    assert forked[1].startswith("Output 2\n[This session has ended.")


def test_calls_after_an_empty_message_join_no_reply_of_another_run(
    cast: Cast, thread: Thread
) -> None:
    run = make_run(cast.project, thread, cast.assistant, status="completed")
    say(run, "", "assistant", run_id=run.id)
    call(run, "late")
    chat = prompt_of(make_run(cast.project, thread, cast.assistant), lambda: 9_999).messages
    assert [row.get("content") for row in chat[-3:]] == ["Again.", None, "done"]
