"""A run ends as soon as its worker learns that it was cancelled, has expired or was taken over."""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError
from django.utils import timezone

from assistants_app import conf
from assistants_app.engine import leases
from assistants_app.engine.worker.runs import WorkerRuns
from assistants_app.models import Message, Run
from assistants_app.services.runs import held, transitions
from assistants_app.services.runs.requests import cancel_run
from tests.cast import Cast
from tests.engine.conftest import NewRun
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = 1000.0  # seconds


@pytest.fixture
def held_run(worker: WorkerRuns, scripted: ScriptedProvider, new_run: NewRun) -> Run:
    """A run that this worker holds, whose model pauses after its first word."""
    scripted.enqueue(Reply(text="one two three", gate_after=1))
    run = new_run()
    worker.accept(run.id)
    scripted.wait_held()
    wait_until(lambda: Message.objects.filter(run_id=run.id).exists())
    return run


def status(run: Run) -> str:
    return Run.objects.values_list("status", flat=True).get(pk=run.id)


def cancel(cast: Cast, run: Run) -> None:
    cancel_run(project=cast.project, thread_id=run.thread_id, run_id=run.id)


@pytest.fixture
def no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "HEARTBEAT_SECONDS", NEVER)
    # Its heartbeat doesn't end with the test, so the next test must not take it for its own.
    monkeypatch.setattr(leases.lease_keeper, "_beating", None)


@pytest.fixture
def quick_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "HEARTBEAT_SECONDS", 0.05)


@pytest.mark.usefixtures("quick_heartbeat")
def test_a_cancel_that_was_not_published_is_noticed_with_the_heartbeat(
    held_run: Run, cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions, "publish_cancel", lambda run_id: None)
    cancel(cast, held_run)
    scripted.wait_closed_early()
    wait_until(lambda: status(held_run) == "cancelled")
    message = Message.objects.get(run_id=held_run.id)
    assert (message.status, message.incomplete_reason) == ("incomplete", "run_cancelled")
    assert message.content[0]["text"]["value"] == "one"


@pytest.mark.usefixtures("quick_heartbeat")
def test_a_run_out_of_time_expires(held_run: Run, scripted: ScriptedProvider) -> None:
    Run.objects.filter(pk=held_run.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    scripted.wait_closed_early()
    wait_until(lambda: status(held_run) == "expired")


@pytest.mark.usefixtures("quick_heartbeat")
def test_a_run_that_was_taken_over_is_not_written_to(
    held_run: Run,
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    caplog: pytest.LogCaptureFixture,
) -> None:
    Run.objects.filter(pk=held_run.id).update(lease_owner="another worker")
    scripted.wait_closed_early()
    worker.drain(5.0)
    assert f"Another worker took over {held_run.id}" in caplog.messages
    held_run.refresh_from_db()
    assert (held_run.status, held_run.lease_owner) == ("in_progress", "another worker")
    assert Message.objects.get(run_id=held_run.id).status == "in_progress"


@pytest.mark.usefixtures("quick_heartbeat")
def test_a_failed_heartbeat_is_repeated(
    held_run: Run, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, failures = held.renew_leases, list[object]()

    def fail_once(owners: dict[str, str]) -> dict[str, str]:
        if not failures:
            failures.append(owners)
            raise InterfaceError("connection lost")
        return renew(owners)

    monkeypatch.setattr(leases, "renew_leases", fail_once)
    wait_until(lambda: failures)
    Run.objects.filter(pk=held_run.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    wait_until(lambda: status(held_run) == "expired")


@pytest.mark.usefixtures("no_heartbeat")
def test_a_cancel_reaches_the_worker_without_a_heartbeat(
    held_run: Run, cast: Cast, scripted: ScriptedProvider
) -> None:
    begun = time.monotonic()
    cancel(cast, held_run)
    scripted.wait_closed_early()
    # 0.05-0.07 s on a busy machine, with the cancel itself. The heartbeat would take 1,000 s.
    assert time.monotonic() - begun < 2
    wait_until(lambda: status(held_run) == "cancelled")


@pytest.mark.usefixtures("no_heartbeat")
def test_a_cancel_during_a_wait_before_a_retry_is_noticed(
    worker: WorkerRuns, scripted: ScriptedProvider, new_run: NewRun, cast: Cast
) -> None:
    scripted.enqueue(Reply(status=429, headers={"retry-after": "25"}, body={"error": {}}))
    run = new_run()
    worker.accept(run.id)
    wait_until(lambda: len(scripted.completions) == 1)
    cancel(cast, run)
    wait_until(lambda: status(run) == "cancelled", seconds=5)


def test_nothing_is_logged_about_runs_that_end_by_themselves(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    quick_heartbeat: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    made = [new_run() for _ in range(10)]
    for run in made:
        worker.accept(run.id)
    wait_until(lambda: {status(run) for run in made} == {"completed"})
    assert worker.drain(5.0) == []
    assert not caplog.records


@pytest.mark.usefixtures("quick_heartbeat")
def test_a_run_that_the_worker_has_just_ended_is_not_lost(
    held_run: Run,
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    publish_end, renew = held._publish_end, held.renew_leases
    looks_lost = threading.Event()

    def renewed(owners: dict[str, str]) -> dict[str, str]:
        found = renew(owners)
        if held_run.id in owners and held_run.id not in found:
            looks_lost.set()
        return found

    def publish_late(*args: Any, **kwargs: Any) -> None:
        # The run's end is stored, and this thread doesn't get on.
        assert looks_lost.wait(10)
        time.sleep(0.2)
        publish_end(*args, **kwargs)

    monkeypatch.setattr(leases, "renew_leases", renewed)
    monkeypatch.setattr(held, "_publish_end", publish_late)
    scripted.release()
    wait_until(lambda: status(held_run) == "completed")
    assert looks_lost.wait(10)
    assert worker.drain(5.0) == []
    assert not caplog.records
