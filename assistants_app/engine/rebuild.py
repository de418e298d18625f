"""Rebuilding of the search index in the background, when no file waits for an indexer."""

import time

from assistants_app.dispatch import dispatch_rebuild
from assistants_app.queries.stores.stores import pending_count
from assistants_app.queries.words import has_free_rebuild
from assistants_app.services import words

TASK_SECONDS = 10.0


def rebuild_words() -> None:
    """Rebuild words for up to ``TASK_SECONDS``, or until a file waits for an indexer."""
    table = words.claim_rebuild()
    if table is None:
        return
    try:
        _rebuild(table, until=time.monotonic() + TASK_SECONDS)
    finally:
        words.release_rebuild(table=table)
    wake_rebuild()


def wake_rebuild() -> None:
    """Send a task if a rebuild waits and no file does."""
    if has_free_rebuild() and not pending_count(limit=1):
        dispatch_rebuild()


def _rebuild(table: str, *, until: float) -> None:
    while time.monotonic() < until and not pending_count(limit=1):
        # Rows that others have locked are left to the next task.
        if words.rebuild_next_rows(table=table) is not words.Step.MORE:
            return
