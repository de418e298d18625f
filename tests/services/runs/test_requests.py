"""Runs are told of in the order in which their readers must hear."""

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from assistants_app.events.log import NewEvent
from assistants_app.services import publishing
from assistants_app.services.runs import requests as runs
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams
from tests.cast import Cast


@pytest.mark.parametrize("with_thread", [False, True])
def test_a_worker_hears_of_a_run_when_its_events_are_in_the_log(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    with_thread: bool,
) -> None:
    """Else the worker's first event may come before the run's own."""
    told: list[str] = []

    def publish(_: str, events: list[NewEvent]) -> None:
        told.extend(event.name for event in events)

    monkeypatch.setattr(publishing, "publish", publish)
    monkeypatch.setattr(publishing, "dispatch_run", lambda _: told.append("sent to the workers"))
    body = {"assistant_id": cast.assistant.id}
    with django_capture_on_commit_callbacks(execute=True):
        if with_thread:
            params = ThreadAndRunCreateParams.model_validate(body)
            runs.create_thread_and_run(project=cast.project, params=params)
        else:
            runs.create_run(
                project=cast.project,
                thread_id=cast.thread.id,
                params=RunCreateParams.model_validate(body),
            )
    assert told[-3:] == ["thread.run.created", "thread.run.queued", "sent to the workers"]
