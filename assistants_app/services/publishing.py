"""Publish events and send tasks once the transaction is committed."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from assistants_app.dispatch import INDEX_WAKE_UPS, dispatch_indexing, dispatch_run
from assistants_app.events.log import NewEvent
from assistants_app.events.publish import publish


def publish_on_commit(thread_id: str, events: Iterable[NewEvent]) -> None:
    """Publish the events in this order once the transaction is committed."""
    if happened := list(events):
        transaction.on_commit(partial(publish, thread_id, happened))


def dispatch_on_commit(run_id: str) -> None:
    """Send the run to the workers once the transaction is committed."""
    transaction.on_commit(partial(dispatch_run, run_id))


def dispatch_indexing_on_commit(count: int) -> None:
    """Wake indexers for `count` new files once the transaction is committed."""
    # A few tasks are enough for any number of files, because an indexer goes from file to file
    # (docs/adr/0009).
    for _ in range(min(count, INDEX_WAKE_UPS)):
        transaction.on_commit(dispatch_indexing)
