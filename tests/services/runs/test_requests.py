"""The events of a new run are published before it is dispatched."""

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from assistants_app.events.append import Item
from assistants_app.events.log import NewEvent
from assistants_app.services import publishing
from assistants_app.services.runs import requests as runs
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams
from tests.cast import Cast


@pytest.mark.parametrize("with_thread", [False, True])
def test_a_run_is_dispatched_after_its_first_events_are_published(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    with_thread: bool,
) -> None:
    # Otherwise the worker's first event could come before them.
    happened: list[str] = []

    def publish(_: str, events: list[NewEvent], items: list[Item]) -> None:
        happened.extend(event.name for event in events)
        happened.extend(item.to for item in items)

    monkeypatch.setattr(publishing, "publish", publish)
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
    assert happened[-3:] == ["thread.run.created", "thread.run.queued", "runs"]
