"""Which file a thread of an indexer takes next, so that nobody waits for the files of others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from assistants_app.domain import index_status
from assistants_app.models import VectorStoreFile
from assistants_app.queries.stores.waiting import Shares, Turns
from assistants_app.services.stores import indexing


class Slots:
    """The threads of this process that index files.

    With more than one, the last free thread takes only files that are small or urgent, and of a
    project that does not have all the others. A project gets one thread less for its large files
    than all projects together, so that the large file of another project finds a thread too.
    `number` is 0 while it is unknown.
    """

    def __init__(self) -> None:
        self.number = 0
        self._turns = Turns()
        self._slow: Counter[str] = Counter()  # large files that are being indexed, by project
        self._all: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def claim(self, owner: str) -> Iterator[VectorStoreFile | None]:
        """Yield the next file, which keeps its slot until the end of the block."""
        # One claim at a time: each depends on the files that the others have taken.
        with self._lock:
            row = self._claim_next(owner)
        try:
            yield row
        finally:
            if row is not None:
                with self._lock:
                    self._count(row, -1)

    def _claim_next(self, owner: str) -> VectorStoreFile | None:
        row = indexing.claim_file(owner=owner, turns=self._turns, shares=self._shares())
        if row is not None:
            self._turns.take(project=row.store.project_id, store=row.store_id)
            self._count(row, 1)
        return row

    def _shares(self) -> Shares:
        if self.number <= 1:
            return Shares()
        together = self.number - 1
        alone = max(1, together - 1)
        return Shares(
            only_quick=self._slow.total() >= together,
            quick_projects=tuple(one for one, count in self._slow.items() if count >= alone),
            full_projects=tuple(one for one, count in self._all.items() if count >= together),
        )

    def _count(self, row: VectorStoreFile, change: int) -> None:
        project = row.store.project_id
        for counter, counts in ((self._all, True), (self._slow, _is_slow(row))):
            counter[project] += change * counts
            if not counter[project]:
                del counter[project]  # or every project would stay for ever


def _is_slow(row: VectorStoreFile) -> bool:
    too_large = row.file.bytes > index_status.SMALL_BYTES
    return too_large or row.priority == index_status.BACKGROUND
