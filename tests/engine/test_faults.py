"""A fault of the database is not the run's error, and ends no thread of a worker."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from assistants_app import conf
from assistants_app.engine import recovery, runner
from assistants_app.engine.context import prompt_of
from assistants_app.models import Message, Run
from assistants_app.services.runs import held
from tests.engine.carrying_out import execute
from tests.engine.conftest import NewRun
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

LOST = OperationalError("server closed the connection unexpectedly")


def fail(*_: object, **__: object) -> Any:
    raise LOST


@pytest.mark.parametrize("write", ["open_message", "complete_run"])
def test_a_run_that_cannot_be_written_is_left_to_the_next_worker(
    new_run: NewRun, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    scripted.enqueue(Reply(text="one"), Reply(text="two"))
    run = new_run()
    with monkeypatch.context() as patch:
        patch.setattr(held, write, fail)
        execute(run.id)
    run.refresh_from_db()
    assert (run.status, run.last_error) == ("in_progress", None)

    Run.objects.filter(pk=run.id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    execute(run.id)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("completed", 2)
    completed = Message.objects.get(run_id=run.id, status="completed")
    assert completed.content[0]["text"]["value"] == "two"


def test_a_prompt_that_could_not_be_read_is_read_again(
    new_run: NewRun, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "WRITE_PATIENCE", 20.0)
    failures = [LOST]

    def read(*arguments: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return prompt_of(*arguments, **options)

    monkeypatch.setattr(runner, "prompt_of", read)
    run = new_run()
    execute(run.id)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("completed", 1)


@pytest.mark.parametrize("error", [LOST, InterfaceError("the connection is closed")])
def test_a_sweep_goes_on_after_a_fault(error: Exception) -> None:
    over, calls = threading.Event(), []

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error
        over.set()

    recovery._repeat(work, first=0.0, every=0.01)
    assert over.wait(10)
