"""Keep the names, times and sizes of a run's events, which its log forgets soon after its end."""

from django.db import transaction

from assistants_app.events.ended import EndedRuns
from assistants_app.models import KeptEvents, Run
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
    rows = []
    for run_id, thread_id, created_at in runs:
        since = round(created_at.timestamp() * 1000) - CLOCKS_DIFFER
        if found := ended.events_of(thread_id, run_id, since=since):
            rows.append(KeptEvents(run_id=run_id, events=packed(found)))
    _insert(rows)
    return len(taken)


@transaction.atomic(durable=True)
def _insert(rows: list[KeptEvents]) -> None:
    # Locked, because a run may be deleted meanwhile. One that ended twice has its row already.
    locked = Run.objects.select_for_update(no_key=True).filter(pk__in=[row.run_id for row in rows])
    left = set(locked.order_by("pk").values_list("pk", flat=True))
    KeptEvents.objects.bulk_create(
        [row for row in rows if row.run_id in left], ignore_conflicts=True
    )
