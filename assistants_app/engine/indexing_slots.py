"""Which file a thread of an indexer takes next, so that small files don't wait for large ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from assistants_app.domain import index_status
from assistants_app.hop import with_connection
from assistants_app.models import VectorStoreFile
from assistants_app.queries.stores.waiting import Turns
from assistants_app.services.stores import indexing


class Slots:
    """The threads of this process that index files.

    With more than one, the last free thread takes only files that are small or urgent. `number` is
    0 while it is unknown.
    """

    def __init__(self) -> None:
        self.number = 0
        self._turns = Turns()
        self._slow = 0
        self._lock = Lock()

    @contextmanager
    def claim(self, owner: str) -> Iterator[VectorStoreFile | None]:
        """Yield the next file, which keeps its slot until the end of the block."""
        # One claim at a time: each depends on the files that the others have taken.
        with self._lock:
            row = with_connection(self._claim_next, owner)
        is_slow = row is not None and _is_slow(row)
        try:
            yield row
        finally:
            with self._lock:
                self._slow -= is_slow

    def _claim_next(self, owner: str) -> VectorStoreFile | None:
        only_quick = self.number > 1 and self._slow >= self.number - 1
        row = indexing.claim_file(owner=owner, turns=self._turns, only_quick=only_quick)
        if row is not None:
            self._turns.take(project=row.store.project_id, store=row.store_id)
            self._slow += _is_slow(row)
        return row


def _is_slow(row: VectorStoreFile) -> bool:
    too_large = row.file.bytes > index_status.SMALL_BYTES
    return too_large or row.priority == index_status.BACKGROUND
