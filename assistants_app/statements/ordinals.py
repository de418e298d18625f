"""How many messages a thread has, without counting them each time."""

from assistants_app.domain import limits
from assistants_app.statements.execute import fetch


def count_before(thread_id: str, *, new: str = "0") -> str:
    """Return SQL for the number of messages of a thread, which `new` messages will be added to.

    It is the ordinal of the newest message, which is too high after deletions. So where it leaves
    no room, and where it is unknown, the messages are counted.

    `thread_id` and `new` are SQL. Their parameters are `new`, `thread_id` and `thread_id`.
    """
    # With a CASE, because PostgreSQL executes such a subquery only when its value is needed.
    # Whatever a thread has above the limit makes no difference.
    counted = (
        f"(SELECT count(*)::int FROM (SELECT FROM message WHERE thread_id = {thread_id}"
        f" LIMIT {limits.MESSAGES_PER_THREAD}) AS counted)"
    )
    return (
        f"coalesce((SELECT CASE WHEN ordinal + {new} <= {limits.MESSAGES_PER_THREAD} THEN ordinal"
        f" ELSE {counted} END"
        f" FROM message WHERE thread_id = {thread_id} ORDER BY id DESC LIMIT 1), 0)"
    )


def has_room(thread_id: str, new: int) -> bool:
    """Return whether `new` messages can be added to the thread, which is locked or new."""
    row = fetch(f"SELECT {count_before('%s', new='%s')}", [new, thread_id, thread_id])
    return row is not None and row[0] + new <= limits.MESSAGES_PER_THREAD
