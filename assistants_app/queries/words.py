"""How far the words of messages and chunks are rebuilt after an update."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now

from assistants_app.domain.words.vectors import VERSION
from assistants_app.models import WordsState

MESSAGES, CHUNKS = "message", "chunk"
FREE = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild that is under way. `by_server` is set while rows have PostgreSQL's own words."""

    table: str
    percent: int
    by_server: bool


def rebuild_of(table: str) -> Rebuild | None:
    """Return the rebuild of a table's words, or None if all rows have present words."""
    return next((rebuild for rebuild in rebuilds() if rebuild.table == table), None)


def rebuilds() -> list[Rebuild]:
    """Return the rebuilds that are waiting or under way."""
    rows = WordsState.objects.filter(version__lt=VERSION).order_by("table")
    return [Rebuild(row.table, _percent(row), row.version == 0) for row in rows]


def has_free_rebuild() -> bool:
    """Return whether there is a rebuild that no worker holds."""
    return WordsState.objects.filter(FREE, version__lt=VERSION).exists()


def _percent(state: WordsState) -> int:
    # 100 only when it is over: rows that are added meanwhile aren't part of the number.
    return min(99, 100 * state.rows_done // state.rows) if state.rows else 0
