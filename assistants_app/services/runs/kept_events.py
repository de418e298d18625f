"""Keep the names, times and sizes of a run's events, which its log forgets soon after its end."""

import json

from django.db import connection, transaction

from assistants_app.events.ended import EndedRuns
from assistants_app.models import Run
from assistants_app.models.kept_events import packed

# Before the time at which a run was created, by the clock of another machine than the log's.
CLOCKS_DIFFER = 60_000  # milliseconds


def keep_events(ended: EndedRuns, *, limit: int) -> int:
    """Keep the events of at most `limit` runs that have ended. Return their number.

    Raises like the methods of :class:`EndedRuns`.
    """
    taken = ended.take(limit)
    if not taken:
        return 0
    runs = Run.objects.filter(pk__in=taken).order_by().values_list("pk", "thread_id", "created_at")
    kept = {}
    for run_id, thread_id, created_at in runs:
        since = round(created_at.timestamp() * 1000) - CLOCKS_DIFFER
        if found := ended.events_of(thread_id, run_id, since=since):
            kept[run_id] = json.dumps(packed(found))
    if kept:
        with transaction.atomic(durable=True):
            insert_events(kept)
    return len(taken)


def insert_events(kept: dict[str, str]) -> None:
    """Insert the packed events of runs, by the run's ID, in the current transaction."""
    # One statement for all runs. A run may have been deleted meanwhile, or have its row already.
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH present AS (SELECT id FROM run WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE)"
            " INSERT INTO kept_events (run_id, events) SELECT kept.run_id, kept.events::json"
            " FROM unnest(%s::text[], %s::text[]) AS kept(run_id, events)"
            " JOIN present ON present.id = kept.run_id ON CONFLICT DO NOTHING",
            [list(kept), list(kept), list(kept.values())],
        )
