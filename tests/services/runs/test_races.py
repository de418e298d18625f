"""Requests for the same thread at once: the later one sees what the earlier one has made."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Assistant, KeptEvents, Message, Project, Run, Thread
from assistants_app.services.locks import lock_thread
from assistants_app.services.runs import held
from assistants_app.services.runs.kept_events import insert_events
from assistants_app.services.runs.progress import Progress
from assistants_app.services.runs.requests import create_run
from assistants_app.services.threads.messages import create_message
from assistants_app.services.threads.requests import delete_thread
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse
from tests.cast import make_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread() -> Thread:
    project = Project.objects.create(name="A")
    Assistant.objects.create(project=project, model="m")
    User.objects.create_user("alice")
    return Thread.objects.create(project=project)


def assistant_of(thread: Thread) -> Assistant:
    return Assistant.objects.get(project=thread.project)


def during(act: Callable[[], Any], change: Callable[[], object]) -> "Future[Any]":
    """Begin the act in a thread while the rows of `change` are locked, and then commit them."""
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            change()
            future = threads.submit(act)
            wait_until_one_waits()
        return future


def wait_until_one_waits() -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for a lock.")


def begin_run(thread: Thread) -> Callable[[], Run]:
    def begin() -> Run:
        lock_thread(thread.project, thread.id)
        return make_run(thread.project, thread, assistant_of(thread))

    return begin


def send_message(thread: Thread) -> Message:
    params = parse(MessageCreateParams, {"role": "user", "content": "Hello"})
    return create_message(project=thread.project, thread_id=thread.id, params=params)


def request_run(thread: Thread, **fields: Any) -> Run:
    params = parse(RunCreateParams, {"assistant_id": assistant_of(thread).id, **fields})
    return create_run(project=thread.project, thread_id=thread.id, params=params)


def test_a_message_is_refused_if_a_run_begins_at_the_same_time(thread: Thread) -> None:
    future = during(lambda: send_message(thread), begin_run(thread))
    with pytest.raises(InvalidRequest, match="while a run run_.* is active"):
        future.result()
    assert not Message.objects.exists()


def test_a_run_is_refused_if_another_one_begins_at_the_same_time(thread: Thread) -> None:
    future = during(lambda: request_run(thread), begin_run(thread))
    with pytest.raises(InvalidRequest, match="already has an active run"):
        future.result()
    assert Run.objects.count() == 1


def test_a_run_waits_if_another_one_begins_at_the_same_time(thread: Thread) -> None:
    added = [{"role": "user", "content": "Later"}]
    future = during(
        lambda: request_run(thread, on_active_run="queue", additional_messages=added),
        begin_run(thread),
    )
    run = future.result()
    assert run.waits["messages"][0]["content"][0]["text"]["value"] == "Later"
    assert not Message.objects.exists()


def test_a_run_that_completes_while_it_is_interrupted_starts_the_other_one(thread: Thread) -> None:
    queued = make_run(thread.project, thread, assistant_of(thread))
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    run = claimed.run
    message, step = held.open_message(run=run)

    def interrupt() -> None:
        waits = {"messages": [], "first": True}
        make_run(thread.project, thread, assistant_of(thread), waits=waits)
        Run.objects.filter(pk=run.pk).update(status="cancelling")

    progress = Progress(texts={message.id: []})
    during(
        lambda: held.complete_run(run=run, message=message, step=step, progress=progress),
        interrupt,
    ).result()
    assert Run.objects.get(pk=run.pk).status == "completed"
    assert Run.objects.exclude(pk=run.pk).get().waits is None


def test_a_thread_is_deleted_while_the_events_of_its_run_are_kept(thread: Thread) -> None:
    run = make_run(thread.project, thread, assistant_of(thread), status="completed")
    future = during(
        lambda: delete_thread(project=thread.project, thread_id=thread.id),
        lambda: insert_events({run.id: "[]"}),
    )
    future.result()
    assert not KeptEvents.objects.exists()
    assert not Thread.objects.exists()
