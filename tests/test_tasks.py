"""What a worker does when it starts, and with tasks that only hand something over."""

import gc
import logging
from types import SimpleNamespace

import pytest
from celery import current_app
from kombu.message import Message

from assistants_app import dispatch, tasks
from assistants_app.engine import recovery
from assistants_app.engine.worker.runs import worker_runs
from assistants_app.events.presence import INDEXER, WORKER
from assistants_app.events.writer import writer


def test_a_worker_spares_its_modules_from_the_search_for_garbage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swept: list[list[str]] = []
    monkeypatch.setattr(recovery, "sweep_for_ever", swept.append)
    monkeypatch.setattr(writer, "patience", writer.patience)
    monkeypatch.setattr(writer, "is_waited_for", writer.is_waited_for)
    try:
        tasks.prepare_worker(SimpleNamespace(controller=SimpleNamespace(concurrency=1)))
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
    assert swept == [[WORKER, INDEXER]]


def deliver(run_id: str) -> list[str]:
    """Carry out the task of a run like a worker, and return how its message was answered."""
    answers: list[str] = []
    message = Message(  # type: ignore[no-untyped-call]
        body=f'[["{run_id}"], {{}}, {{}}]',
        content_type="application/json",
        content_encoding="utf-8",
        accept={"application/json"},
    )
    take = tasks.execute_run.start_strategy(current_app, None)
    take(
        message, None, lambda: answers.append("acknowledged"), lambda: answers.append("refused"), []
    )
    return answers


def test_a_run_is_handed_over_without_an_answer_to_the_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted: list[str] = []
    monkeypatch.setattr(worker_runs, "accept", lambda run_id: not accepted.append(run_id))  # type: ignore[func-returns-value]

    assert deliver("run_1") == []
    assert accepted == ["run_1"]


def test_a_run_that_the_worker_refuses_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(worker_runs, "accept", lambda run_id: False)
    monkeypatch.setattr(tasks, "dispatch_run", sent.append)

    deliver("run_1")

    assert sent == ["run_1"]


def test_a_task_that_fails_is_logged_and_does_not_end_its_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def accept(run_id: str) -> bool:
        raise RuntimeError(run_id)

    monkeypatch.setattr(worker_runs, "accept", accept)

    with caplog.at_level(logging.ERROR):
        deliver("run_1")

    assert [record.getMessage() for record in caplog.records] == [f"{dispatch.EXECUTE_RUN} failed"]
