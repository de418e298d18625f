"""Which file is indexed next: projects and stores take turns."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from assistants_app.domain import index_status

REMEMBERED = 1000  # of each kind; who is forgotten comes first again
LOOKED_AT = 20  # files of a store, of which a small one is preferred

# Reads a few rows of each store with waiting files, however many wait: sorting all of them took
# 20 ms per claim with 10,000 files.
_NEXT = f"""
WITH RECURSIVE waiting AS (
    (SELECT store_id FROM vector_store_file WHERE pending ORDER BY store_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT store_id FROM vector_store_file
        WHERE pending AND store_id > waiting.store_id ORDER BY store_id LIMIT 1
    ) FROM waiting WHERE waiting.store_id IS NOT NULL
)
SELECT head.id FROM waiting JOIN vector_store store ON store.id = waiting.store_id
CROSS JOIN LATERAL (
    SELECT first.id, first.priority, first.bytes > {index_status.SMALL_BYTES} AS large FROM (
        -- Not a join, for which PostgreSQL would read all files.
        SELECT id, priority, (SELECT bytes FROM file WHERE file.id = file_id) AS bytes
        FROM vector_store_file
        WHERE store_id = waiting.store_id AND pending AND id <> ALL(%(without)s)
        AND (lease_expires_at IS NULL OR lease_expires_at < statement_timestamp())
        ORDER BY priority, id LIMIT {LOOKED_AT}
    ) first
    WHERE NOT (%(only_quick)s OR store.project_id = ANY(%(quick_projects)s))
    OR first.priority = {index_status.URGENT}
    OR first.priority < {index_status.BACKGROUND} AND first.bytes <= {index_status.SMALL_BYTES}
    ORDER BY first.priority, large, first.id LIMIT 1
) head
WHERE store.project_id <> ALL(%(full_projects)s)
ORDER BY
    CASE head.priority
        WHEN {index_status.URGENT} THEN 0 WHEN {index_status.BACKGROUND} THEN 2 ELSE 1
    END,
    coalesce(array_position(%(projects)s::text[], store.project_id::text), 0),
    head.priority,
    coalesce(array_position(%(stores)s::text[], store.id::text), 0),
    head.large,
    head.id
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Shares:
    """What the free threads of an indexer may take.

    `only_quick`: nothing but small and urgent files. `quick_projects`: the projects to which that
    applies in any case. `full_projects`: the projects that get no further thread.
    """

    only_quick: bool = False
    quick_projects: tuple[str, ...] = ()
    full_projects: tuple[str, ...] = ()


class Turns:
    """When each project and each of their stores had its last turn."""

    def __init__(self) -> None:
        self._projects: dict[str, None] = {}
        self._stores: dict[str, None] = {}

    def take(self, *, project: str, store: str) -> None:
        """Note that the project and its store have a turn now."""
        _move_to_end(self._projects, project)
        _move_to_end(self._stores, store)

    @property
    def projects(self) -> list[str]:
        """Return the projects, the one that waits longest first."""
        return list(self._projects)

    @property
    def stores(self) -> list[str]:
        """Return the stores, the one that waits longest first."""
        return list(self._stores)


def _move_to_end(turns: dict[str, None], name: str) -> None:
    turns.pop(name, None)
    turns[name] = None
    _forget(turns, list(turns)[:-REMEMBERED])


def _forget(turns: dict[str, None], names: Iterable[str]) -> None:
    for name in names:
        del turns[name]


def next_waiting_file(turns: Turns, shares: Shares, *, without: Iterable[str]) -> str | None:
    """Return the id of the file in a store that is indexed next, or None without one.

    Urgent files come first, and those that are indexed again last. Between them, projects take
    turns. Within a project, single files come before batches, then its stores take turns, and
    within a store small files come first.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT,
            {
                "without": list(without),
                "only_quick": shares.only_quick,
                "quick_projects": list(shares.quick_projects),
                "full_projects": list(shares.full_projects),
                "projects": turns.projects,
                "stores": turns.stores,
            },
        )
        row = cursor.fetchone()
    return str(row[0]) if row else None
