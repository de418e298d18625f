"""When a database connection is given back."""

from django.db import connection


def release_connection() -> None:
    """Give this thread's connection back to the pool; the next query takes another.

    For every place that waits for something else: a model, the event log, a slow reader. With as
    many of them as the pool has connections, everyone else would wait too.
    """
    if not connection.in_atomic_block:
        connection.close()
