"""Tasks that only hand something over, as a worker takes them."""

import logging

import pytest
from celery import current_app
from kombu.message import Message

from assistants_app import dispatch, tasks
from assistants_app.engine.worker.runs import worker_runs


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
