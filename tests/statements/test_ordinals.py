"""Messages are numbered as they are added, and counted only if that leaves no room."""

from collections.abc import Iterator

import pytest
from django.db import connection

from assistants_app.domain import limits
from assistants_app.models import Message, Thread
from assistants_app.services.runs import held
from assistants_app.statements import runs, threads
from assistants_app.statements.notes import Note, Stored
from assistants_app.statements.ordinals import count_before, has_room
from tests.cast import Cast, make_run
from tests.statements.test_threads import new_run

NOTHING = Note()
FULL = Stored(None, noted=False, is_full=True)


@pytest.fixture
def ten(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A limit of ten messages."""
    monkeypatch.setattr(limits, "MESSAGES_PER_THREAD", 10)
    forget_statements()
    yield limits.MESSAGES_PER_THREAD
    monkeypatch.undo()
    forget_statements()


def forget_statements() -> None:
    threads._insert_all.cache_clear()
    runs._open_message.cache_clear()


def new(thread: Thread, number: int = 1) -> list[Message]:
    return [Message(thread=thread, role="user") for _ in range(number)]


def add(thread: Thread, number: int = 1) -> list[int | None]:
    """Add messages, and return their ordinals as the caller has them."""
    messages = new(thread, number)
    assert threads.store_messages(thread.id, messages, NOTHING).was_stored(NOTHING)
    return [message.ordinal for message in messages]


def stored(thread: Thread) -> list[int | None]:
    rows = Message.objects.filter(thread=thread).order_by("pk")
    return list(rows.values_list("ordinal", flat=True))


def test_the_messages_of_a_new_thread_are_numbered(cast: Cast) -> None:
    thread = Thread(project=cast.project)
    messages = new(thread, 25)  # more than one statement inserts
    threads.store_thread(thread, messages, NOTHING)
    assert stored(thread) == [message.ordinal for message in messages] == list(range(1, 26))
    assert add(thread, 25) == list(range(26, 51))
    assert stored(thread) == list(range(1, 51))


def test_a_thread_without_ordinals_is_counted_once(cast: Cast) -> None:
    Message.objects.bulk_create(new(cast.thread, 3))
    assert add(cast.thread) == [5]  # after the one of the cast
    Message.objects.filter(ordinal=None).delete()
    # Its own ordinal is enough, although it is too high now.
    assert add(cast.thread, 2) == [6, 7]


def test_a_reply_and_what_waited_for_it_are_numbered(cast: Cast) -> None:
    queued = make_run(cast.project, cast.thread, cast.assistant)
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    for _ in range(2):
        held.open_message(run=claimed.run)
    waiting = new(cast.thread, 25)
    threads.store_accepted(cast.thread.id, waiting)
    assert stored(cast.thread) == [None, *range(2, 29)]
    assert [message.ordinal for message in waiting] == list(range(4, 29))


def test_a_full_thread_takes_neither_messages_nor_runs(cast: Cast, ten: int) -> None:
    assert add(cast.thread, ten - 1)[-1] == ten
    message, run = new(cast.thread), new_run(cast, cast.thread)
    assert threads.store_messages(cast.thread.id, message, NOTHING) == FULL
    assert threads.store_run(run, [], NOTHING) == FULL
    assert cast.thread.messages.count() == ten
    assert not cast.thread.runs.filter(pk=run.pk).exists()


def test_a_run_needs_room_for_its_messages_and_a_reply(cast: Cast, ten: int) -> None:
    add(cast.thread, ten - 3)  # with the one of the cast, two are left
    run = new_run(cast, cast.thread)
    assert threads.store_run(run, new(cast.thread, 2), NOTHING) == FULL
    assert threads.store_run(run, new(cast.thread), NOTHING) == Stored(None, noted=False)


def test_messages_that_come_together_fit_together_or_not_at_all(cast: Cast, ten: int) -> None:
    assert threads.store_messages(cast.thread.id, new(cast.thread, ten), NOTHING) == FULL
    assert add(cast.thread, ten - 1)


def test_deleted_messages_make_room(cast: Cast, ten: int) -> None:
    add(cast.thread, ten - 1)
    first = Message.objects.filter(thread=cast.thread).order_by("pk")[0]
    first.delete()
    assert has_room(cast.thread.id, 1)
    assert not has_room(cast.thread.id, 2)
    assert add(cast.thread) == [ten]
    assert not has_room(cast.thread.id, 1)


def test_replies_are_stored_in_a_full_thread(cast: Cast, ten: int) -> None:
    add(cast.thread, ten - 1)
    queued = make_run(cast.project, cast.thread, cast.assistant)
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    for _ in range(2):
        held.open_message(run=claimed.run)
    threads.store_accepted(cast.thread.id, new(cast.thread))
    assert cast.thread.messages.count() == ten + 3
    assert not has_room(cast.thread.id, 1)


def test_an_active_run_is_the_reason_even_if_the_thread_is_full(cast: Cast, ten: int) -> None:
    add(cast.thread, ten - 1)
    active = make_run(cast.project, cast.thread, cast.assistant, status="queued")
    stored = threads.store_messages(cast.thread.id, new(cast.thread), NOTHING)
    assert stored == Stored(active.id, noted=False)


@pytest.mark.parametrize("is_numbered", [True, False])
def test_messages_are_counted_only_where_that_is_necessary(cast: Cast, is_numbered: bool) -> None:
    Message.objects.bulk_create(new(cast.thread, 1000))
    others = Thread.objects.bulk_create(Thread(project=cast.project) for _ in range(50))
    Message.objects.bulk_create(message for thread in others for message in new(thread, 20))
    if is_numbered:
        add(cast.thread)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE message")
        # As for a prepared statement whose plan is kept.
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE before AS SELECT {count_before('$1', new='1')}")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE before('{cast.thread.id}')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Backward using message_page" in plan
    assert ("never executed" in plan) == is_numbered, plan
