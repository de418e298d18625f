"""Give database connections back to the pool early."""

from django.db import connection


def release_connection() -> None:
    """Give this thread's connection back to the pool. The next query takes a new one.

    Call it before waiting for anything other than the database, such as a model, the event log or
    a slow client.
    """
    # With more than 20 streams that kept their connection, all requests waited for seconds
    # (docs/performance.md). Within a transaction, closing would roll it back.
    if not connection.in_atomic_block:
        connection.close()
