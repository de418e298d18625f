"""Publish events and send tasks once the transaction is committed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.db import transaction

from assistants_app.dispatch import (
    INDEX_WAKE_UPS,
    RUN_QUEUE,
    dispatch_indexing,
    dispatch_run,
    run_task,
)
from assistants_app.events.append import Item
from assistants_app.events.ended import ended_runs
from assistants_app.events.log import NewEvent
from assistants_app.events.publish import publish, publish_to_each

Publication = Callable[[], None]

_noted: ContextVar[list[Publication] | None] = ContextVar("publications", default=None)


@contextmanager
def noting_publications() -> Iterator[list[Publication]]:
    """Yield a list to which what waits for a commit in this block is added.

    If the commit was interrupted, nobody does these things although it may have succeeded.
    """
    noted: list[Publication] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def publish_on_commit(
    thread_id: str, events: Iterable[NewEvent], *, and_dispatch: str | None = None
) -> None:
    """Publish the events in this order once the transaction is committed.

    Then send the run `and_dispatch` to the workers, in the same write: a worker that takes it finds
    its first events in the log. While Redis is unavailable, the run stays queued in the database,
    and the sweeper sends it.
    """
    happened = list(events)
    if happened or and_dispatch:
        _do_on_commit(partial(_publish, thread_id, happened, and_dispatch))


def publish_to_each_on_commit(events: Mapping[str, list[NewEvent]]) -> None:
    """Publish the events of each of these threads once the transaction is committed.

    They are no events that end a run.
    """
    _do_on_commit(partial(publish_to_each, events))


def _do_on_commit(publication: Publication) -> None:
    if (noted := _noted.get()) is not None:
        noted.append(publication)
    transaction.on_commit(publication)


def _publish(thread_id: str, events: list[NewEvent], run_id: str | None) -> None:
    items = ended_runs(events)
    if run_id and (task := run_task(run_id)):
        items.append(Item(RUN_QUEUE, task))
    publish(thread_id, events, items)


def dispatch_on_commit(run_id: str) -> None:
    """Send a run that has no new events to the workers once the transaction is committed."""
    # At once or not at all. A sweeper with many runs to send must not wait for Redis for each.
    transaction.on_commit(partial(dispatch_run, run_id))


def dispatch_indexing_on_commit(count: int) -> None:
    """Wake indexers for `count` new files once the transaction is committed."""
    # A few tasks are enough for any number of files, because an indexer goes from file to file
    # (docs/adr/0009).
    for _ in range(min(count, INDEX_WAKE_UPS)):
        transaction.on_commit(dispatch_indexing)
