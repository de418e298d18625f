"""Snapshots of threads. A longer thread takes no more queries."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import FunctionMock, Message, Run, Thread
from assistants_app.queries.runs.runs import SHOWN_RUNS
from assistants_app.queries.threads.spans import SHOWN_MESSAGES, names_by_id
from assistants_app.queries.threads.state import (
    active_statuses,
    current_run,
    logged_run,
    reply_rows,
    still_waiting,
    thread_runs,
    thread_snapshot,
    waiting_calls,
)
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from tests.cast import Cast, make_run
from tests.queries.threads.conversations import add_step, ask, reply, waiting_run

# Thread, messages and their number, runs, steps, prices, runs of replies and of early ends, two for
# the log, two for names.
QUERIES = 10
RUNS_QUERIES = 4
# The assistant's name, mocks, and three that find earlier outputs.
CARD_QUERIES = 5


def queries_of(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


@pytest.mark.parametrize("messages", [1, 10, 100])
def test_a_longer_thread_takes_no_further_queries(cast: Cast, messages: int) -> None:
    for _ in range(messages):
        ask(cast)
        reply(cast)
    assert queries_of(lambda: thread_snapshot(cast.thread.id)) == QUERIES
    assert queries_of(lambda: thread_runs(cast.thread.id)) == RUNS_QUERIES


@pytest.mark.parametrize("answers", [0, 1, 10])
def test_the_card_of_a_waiting_run_takes_a_fixed_number_of_queries(
    cast: Cast, answers: int
) -> None:
    for number in range(answers):
        answered = function_call(f"call_{number}", "get_weather", "{}", "rain")
        done = {"status": "completed", "completed_at": timezone.now()}
        add_step(cast.run, tool_calls_details([answered]), **done)
    waiting_run(cast)
    ask(cast)
    reply(cast)
    few = CARD_QUERIES - (not answers)  # without earlier outputs, the last query is skipped
    assert queries_of(lambda: thread_snapshot(cast.thread.id)) == QUERIES + few
    assert queries_of(lambda: thread_runs(cast.thread.id)) == RUNS_QUERIES + few


def test_the_last_messages_are_shown_oldest_first(cast: Cast) -> None:
    written = [ask(cast, str(number)) for number in range(SHOWN_MESSAGES + 1)]
    assert thread_snapshot(cast.thread.id).messages == written[1:]


def test_a_deleted_thread_has_no_snapshot_and_no_runs(cast: Cast) -> None:
    thread_id = cast.thread.id
    cast.thread.delete()
    with pytest.raises(Thread.DoesNotExist):
        thread_snapshot(thread_id)
    assert active_statuses([thread_id]) == {}
    assert thread_runs(thread_id).newest == []


def test_the_active_run_is_the_current_one_and_others_wait(cast: Cast) -> None:
    def run(status: str, **columns: object) -> Run:
        return make_run(cast.project, cast.thread, cast.assistant, status=status, **columns)

    other = Thread.objects.create(project=cast.project)
    both = [cast.thread.id, other.id]
    assert active_statuses(both) == dict.fromkeys(both)
    active, failed = run("in_progress"), run("failed")
    waiting = [run("queued", waits={"messages": [], "first": False}) for _ in range(2)]
    cancelled = run("cancelled", waits={"messages": [], "first": False})
    newest = [cancelled, *reversed(waiting), failed, active]
    assert current_run(newest) == active
    assert current_run([cancelled, *waiting, failed]) == failed
    assert current_run(waiting) is None
    assert still_waiting(newest) == waiting[::-1]
    runs = thread_snapshot(cast.thread.id).runs
    assert (runs.newest, runs.current) == ([*newest, cast.run], active)
    assert runs == thread_runs(cast.thread.id)
    assert active_statuses(both) == {cast.thread.id: "in_progress", other.id: None}
    assert queries_of(lambda: active_statuses(both)) == 1


def test_only_a_run_that_waits_for_outputs_has_waiting_calls(cast: Cast) -> None:
    assert waiting_calls(cast.run) is None
    assert thread_runs(cast.thread.id).calls is None
    run = waiting_run(cast)
    mock = FunctionMock.objects.create(
        project=cast.project, assistant_id=cast.assistant.id, function="get_weather", definition={}
    )
    calls = waiting_calls(run)
    assert calls is not None
    assert (calls.step, calls.mocks) == (run.steps.get(), {"get_weather": mock})
    assert thread_runs(cast.thread.id).calls == calls


def test_the_log_is_of_the_run_alone(cast: Cast) -> None:
    message = reply(cast)
    run = Run.objects.get(pk=message.run_id)
    logged = thread_snapshot(cast.thread.id).runs.log
    assert logged is not None
    assert (logged.run, list(logged.steps)) == (run, list(run.steps.all()))
    assert logged_run(run) == logged


def test_a_copied_reply_has_its_run_and_not_its_steps(cast: Cast) -> None:
    original = reply(cast)
    fork = Thread.objects.create(project=cast.project)
    copied = {"copied_from_id": original.id, "copied_run_id": original.run_id}
    copy = Message.objects.create(thread=fork, role="assistant", content=[], **copied)
    snapshot = thread_snapshot(fork.id)
    assert snapshot.steps == []
    assert list(snapshot.replies.runs) == [original.run_id]
    assert [step.run_id for step in snapshot.replies.steps] == [original.run_id]
    assert reply_rows(fork.id, copy.id) == (copy, snapshot.replies)


def test_only_replies_of_this_thread_have_reply_rows(cast: Cast) -> None:
    message = reply(cast)
    assert reply_rows(cast.thread.id, message.id) is not None
    assert reply_rows(cast.thread.id, cast.message.id) is None
    assert reply_rows("thread_other", message.id) is None


def test_the_nameless_and_the_deleted_are_called_by_their_ids(cast: Cast) -> None:
    cast.assistant.name = ""
    cast.assistant.save()
    names = names_by_id(cast.project, [cast.assistant.id, "asst_gone"], [cast.file.id, "file-gone"])
    assert names == {
        cast.assistant.id: cast.assistant.id,
        "asst_gone": "asst_gone",
        cast.file.id: "Secret.txt",
        "file-gone": "file-gone",
    }
    assert queries_of(lambda: names_by_id(cast.project, [], [])) == 0


@pytest.mark.parametrize("status", ["in_progress", "completed"])
def test_the_current_run_is_shown_however_many_wait_for_it(cast: Cast, status: str) -> None:
    begun = make_run(cast.project, cast.thread, cast.assistant, status=status)
    for _ in range(SHOWN_RUNS + 1):
        make_run(cast.project, cast.thread, cast.assistant, status="queued", waits={"messages": []})
    for runs in (thread_runs(cast.thread.id), thread_snapshot(cast.thread.id).runs):
        assert runs.current == begun
        assert len(runs.waiting) == SHOWN_RUNS
        assert runs.log is not None
