"""Which file a thread of an indexer takes next, so that nobody waits for the files of others."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from assistants_app.domain import index_status
from assistants_app.models import VectorStoreFile
from assistants_app.pace import Pace
from assistants_app.queries.stores.waiting import Shares, Turns
from assistants_app.services.stores import indexing


class Slots:
    """The threads of this process that index files.

    With more than one, the last free thread takes only files that are small or urgent, and of a
    project that does not have all the others. A project gets one thread less for its large files
    than all projects together, so that the large file of another project finds a thread too.
    A project gets one thread, and one for a large file, while it has to slow down for another one
    (`pace.py`).

    `number` is 0 while it is unknown.
    """

    def __init__(self) -> None:
        self.number = 0
        self._turns = Turns()
        self._slow: Counter[str] = Counter()  # large files that are being indexed, by project
        self._all: Counter[str] = Counter()
        self._pace = Pace()
        # The project of each owner of a file, and up to when its time is counted.
        self._counted: dict[str, tuple[str, float]] = {}
        self._lock = Lock()

    def hold_back(self) -> bool:
        """Return whether a project gets no further thread because it has to slow down."""
        with self._lock:
            self._count_time()
            return bool(self._giving_way())

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
                    self._count_time()
                    del self._counted[owner]
                    self._count(row, -1)

    def _claim_next(self, owner: str) -> VectorStoreFile | None:
        self._count_time()
        row = indexing.claim_file(owner=owner, turns=self._turns, shares=self._shares())
        if row is not None:
            self._pace.arrive(row.store.project_id)
            self._counted[owner] = row.store.project_id, time.monotonic()
            self._turns.take(project=row.store.project_id, store=row.store_id)
            self._count(row, 1)
        return row

    def _shares(self) -> Shares:
        if self.number <= 1:
            return Shares()
        together = self.number - 1
        alone = max(1, together - 1)
        alone_by_project = {one: 1 if self._pace.is_slow(one) else alone for one in self._slow}
        full = {one for one, count in self._all.items() if count >= together}
        return Shares(
            only_quick=self._slow.total() >= together,
            quick_projects=tuple(
                one for one, most in alone_by_project.items() if self._slow[one] >= most
            ),
            full_projects=tuple(full | self._giving_way()),
        )

    def _giving_way(self) -> set[str]:
        # Its large files may take minutes, and its small ones don't wait for those.
        if self.number <= 1:
            return set()
        with_small = (one for one, count in self._all.items() if count > self._slow[one])
        return {one for one in with_small if self._pace.is_slow(one)}

    def _count_time(self) -> None:
        # Also that of files that take minutes, while they do.
        now = time.monotonic()
        for owner, (project, since) in self._counted.items():
            self._pace.use(project, now - since)
            self._counted[owner] = project, now

    def _count(self, row: VectorStoreFile, change: int) -> None:
        project = row.store.project_id
        for counter, counts in ((self._all, True), (self._slow, _is_slow(row))):
            counter[project] += change * counts
            if not counter[project]:
                del counter[project]  # or every project would stay for ever


def _is_slow(row: VectorStoreFile) -> bool:
    too_large = row.file.bytes > index_status.SMALL_BYTES
    return too_large or row.priority == index_status.BACKGROUND
