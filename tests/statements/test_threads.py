"""New threads, messages and runs, and the receipts of their requests."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from assistants_app.models import Message, Receipt, Run, Thread
from assistants_app.queries.runs.runs import active_run_id
from assistants_app.statements import threads
from assistants_app.statements.notes import Note, Stored
from tests.cast import Cast, make_run

NOTHING = Note()


def new_run(cast: Cast, thread: Thread, **columns: Any) -> Run:
    return Run(
        project=cast.project,
        thread=thread,
        assistant_id=cast.assistant.id,
        expires_at=timezone.now(),
        **columns,
    )


def test_a_thread_its_messages_and_a_run_are_stored_with_the_receipt(cast: Cast) -> None:
    receipt = Receipt.objects.create(project=cast.project, digest="old")
    thread = Thread(project=cast.project)
    messages = [Message(thread=thread, role="user") for _ in range(2)]
    run = new_run(cast, thread)
    note = Note(receipt.pk, "run", run.id, "1-0", "new")
    assert threads.store_thread_and_run(thread, messages, run, note) == Stored(None, noted=True)
    assert list(Message.objects.filter(thread=thread).order_by("pk")) == messages
    assert list(thread.runs.all()) == [run]
    receipt.refresh_from_db()
    assert (receipt.kind, receipt.made, receipt.after) == ("run", run.id, "1-0")
    assert receipt.digest == "new"


def test_a_receipt_that_another_request_took_over_is_not_found(cast: Cast) -> None:
    thread = Thread(project=cast.project)
    note = Note(receipt=10**9, kind="thread", made=thread.id)
    assert threads.store_thread(thread, [], note) == Stored(None, noted=False)


@pytest.mark.parametrize(
    ("columns", "is_free"),
    [
        ({"status": "queued"}, False),
        ({"status": "in_progress"}, False),
        ({"status": "requires_action"}, False),
        ({"status": "cancelling"}, False),
        ({"status": "queued", "waits": {"messages": [], "first": False}}, False),
        ({"status": "queued", "waits": {"messages": [], "first": False}, "held": True}, True),
        ({"status": "completed"}, True),
        ({"status": "expired"}, True),
    ],
)
def test_a_run_keeps_messages_and_runs_out_as_long_as_queries_find_it_active(
    cast: Cast, columns: dict[str, Any], is_free: bool
) -> None:
    other = make_run(cast.project, cast.thread, cast.assistant, **columns)
    assert active_run_id(cast.thread) == (None if is_free else other.id)
    locked = threads.find_and_lock_thread(cast.project.id, cast.thread.id)
    assert locked is not None
    expected = Stored(None if is_free else other.id, noted=False)
    assert locked.active_run_id == expected.active_run_id
    message = Message(thread=cast.thread, role="user")
    assert threads.store_messages(cast.thread.id, [message], NOTHING) == expected
    assert Message.objects.filter(pk=message.pk).exists() == is_free
    run = new_run(cast, cast.thread)
    assert threads.store_run(run, [], NOTHING) == expected
    assert Run.objects.filter(pk=run.pk).exists() == is_free


def test_a_locked_thread_comes_with_the_assistant(cast: Cast) -> None:
    ids = cast.project.id, cast.thread.id
    locked = threads.find_and_lock_thread(*ids, assistant_id=cast.assistant.id)
    assert locked is not None
    assert (locked.thread, locked.assistant) == (cast.thread, cast.assistant)
    assert locked.assistant is not None
    assert locked.assistant.name == cast.assistant.name
    for assistant_id in ("", "asst_none", "\0"):
        found = threads.find_and_lock_thread(*ids, assistant_id=assistant_id)
        assert found is not None
        assert found.assistant is None


def test_strangers_find_neither_the_thread_nor_the_assistant(cast: Cast) -> None:
    theirs = Thread.objects.create(project=cast.other_project)
    assert threads.find_and_lock_thread(cast.other_project.id, cast.thread.id) is None
    assert threads.find_and_lock_thread(cast.project.id, "a\0b") is None
    found = threads.find_and_lock_thread(
        cast.other_project.id, theirs.id, assistant_id=cast.assistant.id
    )
    assert found is not None
    assert found.assistant is None


def test_a_thread_may_have_more_messages_than_a_statement_has_parameters(cast: Cast) -> None:
    thread = Thread(project=cast.project)
    messages = [Message(thread=thread, role="user") for _ in range(10_000)]
    assert threads.store_thread(thread, messages, NOTHING).active_run_id is None
    stored = Message.objects.filter(thread=thread).order_by("pk").values_list("pk", flat=True)
    assert list(stored) == [message.pk for message in messages]


def test_no_message_of_many_is_stored_while_a_run_is_active(cast: Cast) -> None:
    make_run(cast.project, cast.thread, cast.assistant, status="queued")
    before = cast.thread.messages.count()
    messages = [Message(thread=cast.thread, role="user") for _ in range(50)]
    assert threads.store_messages(cast.thread.id, messages, NOTHING).active_run_id
    assert cast.thread.messages.count() == before


def test_runs_that_have_ended_are_not_read(cast: Cast) -> None:
    for _ in range(300):
        make_run(cast.project, cast.thread, cast.assistant, status="completed")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE run")
        # As for a prepared statement whose plan is kept.
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE active AS {threads._ACTIVE.replace('%s', '$1')}")
        cursor.execute(f"EXPLAIN EXECUTE active('{cast.thread.id}')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "run_one_active_per_thread" in plan
    assert "run_waiting" in plan
