"""Whether a thread has room for more messages.

A request that adds messages is refused if the thread would then have too many. A run needs room for
one reply when it is created, and nothing that it writes later is refused.
"""

from django.db.models import F, Func, IntegerField, Sum

from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Run
from assistants_app.statements.notes import Stored
from assistants_app.statements.ordinals import has_room

_MESSAGES_OF_RUN = Func(
    F("waits__messages"), function="json_array_length", output_field=IntegerField()
)


def check_stored(thread_id: str, stored: Stored) -> None:
    """Raise :class:`InvalidRequest` if the rows weren't stored because the thread is full."""
    if stored.is_full:
        raise _full(thread_id)


def require_room(thread_id: str, new: int = 1) -> None:
    """Raise :class:`InvalidRequest` if the thread has no room for `new` messages."""
    if not has_room(thread_id, new):
        raise _full(thread_id)


def require_room_to_wait(thread_id: str, new: int) -> None:
    """Raise :class:`InvalidRequest` if the thread has no room for these messages and a reply.

    The runs that wait already come before them, with their own messages and replies.
    """
    waiting = Run.objects.filter(
        thread_id=thread_id, status=run_status.QUEUED, waits__isnull=False
    ).aggregate(every=Sum(_MESSAGES_OF_RUN + 1))
    require_room(thread_id, (waiting["every"] or 0) + new + 1)


def _full(thread_id: str) -> InvalidRequest:
    most = limits.MESSAGES_PER_THREAD
    return InvalidRequest(
        f"Thread {thread_id} has no room for this: a thread can have up to {most:,} messages, "
        "replies included. Continue in another thread, or delete messages from this one."
    )
