"""A fault of the database delays what a worker writes, and neither fails nor repeats it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from assistants_app import conf
from assistants_app.models import Message, Run, RunStep
from assistants_app.services import publishing
from assistants_app.services.runs import held, persistence
from assistants_app.services.runs.persistence import LeaseLost, persistently
from assistants_app.services.runs.progress import Progress
from tests.cast import Cast, make_run

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = [{"type": "text", "text": {"value": "A reply", "annotations": []}}]
LOST = OperationalError("server closed the connection unexpectedly")


class Commits:
    """Stands in for the commits of this thread, so that a test can interrupt the next one."""

    def __init__(self, commit: Callable[[], None]) -> None:
        self._commit = commit
        self._interrupted = ""

    def interrupt(self, when: str) -> None:
        self._interrupted = when

    def __call__(self) -> None:
        when, self._interrupted = self._interrupted, ""
        if when == "before":
            connection.connection.close()
        self._commit()
        if when == "after":
            connection.connection.close()
            raise LOST


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    wrapper: Any = connection
    commits = Commits(wrapper._commit)
    monkeypatch.setattr(connection, "_commit", commits)
    monkeypatch.setattr(persistence, "FIRST_PAUSE", 0.001)
    return commits


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def publish(thread_id: str, events: list[Any], items: Any = ()) -> None:
        names.extend(event.name for event in events)

    monkeypatch.setattr(publishing, "publish", publish)
    return names


@pytest.fixture
def run(cast: Cast) -> Run:
    queued = make_run(cast.project, cast.thread, cast.assistant)
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    return claimed.run


def complete(run: Run) -> None:
    message, step = held.open_message(run=run)
    progress = Progress(texts={message.id: TEXT}, usage={"total_tokens": 3})
    held.complete_run(run=run, message=message, step=step, progress=progress)


def stop(run: Run) -> None:
    held.open_message(run=run)
    held.stop_run(run=run, status="failed", progress=Progress(), error={"code": "a", "message": ""})


def cut(run: Run) -> None:
    message, _ = held.open_message(run=run)
    progress = Progress(texts={message.id: TEXT}, usage={"total_tokens": 3})
    held.cut_run(run=run, message=message, progress=progress, reason="max_completion_tokens")


def wait_for_outputs(run: Run) -> None:
    step = held.open_tool_calls(run=run)
    progress = Progress(calls={step.id: []}, usage={"total_tokens": 3})
    held.require_action(run=run, step=step, progress=progress)


ENDS: dict[str, Callable[[Run], None]] = {
    "completed": complete,
    "failed": stop,
    "incomplete": cut,
    "requires_action": wait_for_outputs,
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("end", ENDS)
def test_an_interrupted_end_is_written_and_published_once(
    run: Run, commits: Commits, published: list[str], end: str, when: str
) -> None:
    commits.interrupt(when)
    ENDS[end](run)
    assert (run.status, run.lease_owner) == (end, "")
    stored = Run.objects.get(pk=run.pk)
    assert (stored.status, stored.lease_owner, stored.usage) == (end, "", run.usage)
    assert run.usage == ({} if end == "failed" else {"total_tokens": 3})
    assert published.count(f"thread.run.{end}") == 1
    assert Message.objects.filter(run_id=run.pk).count() == (end != "requires_action")
    assert RunStep.objects.filter(run=run).count() == 1
    for message in Message.objects.filter(run_id=run.pk):
        assert published.count(f"thread.message.{message.status}") == 1


def test_a_run_that_another_worker_has_ended_is_not_taken_for_ones_own(
    run: Run, commits: Commits, published: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commits.interrupt("before")

    def end_by_another(pause: float) -> bool:
        Run.objects.filter(pk=run.pk).update(status="failed", lease_owner="", attempts=2)
        return False

    monkeypatch.setattr(persistence._leaving, "wait", end_by_another)
    with pytest.raises(LeaseLost):
        held.stop_run(run=run, status="failed", progress=Progress())
    assert "thread.run.failed" not in published


def test_a_claim_whose_answer_was_lost_is_the_same_claim(cast: Cast) -> None:
    queued = make_run(cast.project, cast.thread, cast.assistant)
    for _ in range(2):
        claimed = held.claim_run(run_id=queued.id, owner="me")
        assert claimed is not None
        assert (claimed.run.attempts, claimed.run.lease_owner) == (1, "me")
    assert held.claim_run(run_id=queued.id, owner="other") is None


@pytest.mark.parametrize("end", [stop, cut])
def test_rows_that_a_crash_has_lost_are_there_after_the_end(
    run: Run, end: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    message, step = held.open_message(run=run)
    RunStep.objects.all().delete()
    Message.objects.all().delete()
    opened = Progress(texts={message.id: TEXT}, opened=(message, step))
    if end is stop:
        held.stop_run(run=run, status="cancelled", progress=opened)
    else:
        held.cut_run(run=run, message=message, progress=opened, reason="max_completion_tokens")
    stored = Message.objects.get(pk=message.pk)
    assert (stored.content, stored.status) == (TEXT, "incomplete")
    assert RunStep.objects.get(pk=step.pk).status in {"cancelled", "completed"}


def test_a_fault_that_lasts_is_raised_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "WRITE_PATIENCE", 0.02)
    monkeypatch.setattr(persistence, "FIRST_PAUSE", 0.001)
    calls = []

    def read() -> None:
        calls.append(1)
        raise LOST

    with pytest.raises(OperationalError):
        persistently(read)
    assert len(calls) > 2


def test_an_error_of_the_program_is_raised_at_once() -> None:
    calls = []

    def read() -> None:
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    with pytest.raises(Exception, match="zero"):
        persistently(read)
    assert calls == [1]
