"""Turns between projects, so that a flood of one of them doesn't hold up the others."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from assistants_app.pace import RESTS, Pace

T = TypeVar("T")


class FairQueue(Generic[T]):
    """What waits, oldest first within its project.

    Each project gives one item at a time, however many it has waiting.
    """

    def __init__(self) -> None:
        # Projects in the order of their turns. None of them is empty.
        self._waiting: dict[str, deque[T]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, project_id: str, item: T) -> None:
        """Add an item as the last of its project."""
        self._waiting.setdefault(project_id, deque()).append(item)

    def take(self, may_start: Callable[[str], bool]) -> T | None:
        """Remove and return the next item, or None if there is none.

        Projects for which `may_start` is false are passed over, and keep their turn.
        """
        for project_id, items in self._waiting.items():
            if may_start(project_id):
                # Its next turn comes after those of the others.
                del self._waiting[project_id]
                item = items.popleft()
                if items:
                    self._waiting[project_id] = items
                return item
        return None

    def clear(self) -> list[T]:
        """Remove and return all items."""
        items = [item for waiting in self._waiting.values() for item in waiting]
        self._waiting.clear()
        return items


class Turns:
    """A number of places that projects hold in turns. To be used on one event loop.

    One project holds at most `share` of the places, so that there is one for another project even
    while its own take long. Where `usual` is given, a place that was held for longer than these
    seconds doesn't count any more. With a `pace`, the projects that have to slow down hold one
    place between them, and after each use leave it free for as long again.
    """

    def __init__(
        self, places: int, share: int, usual: float | None = None, pace: Pace | None = None
    ) -> None:
        self._free = places
        self._share, self._usual, self._pace = share, usual, pace
        # Since when each project holds its places, by ``time.monotonic()``.
        self._held: dict[str, list[float]] = {}
        self._waiting = FairQueue[tuple[str, asyncio.Future[float]]]()
        self._timer: asyncio.TimerHandle | None = None
        # From when on a project that has to slow down may hold a place.
        self._slow_after = 0.0

    @asynccontextmanager
    async def place(self, project_id: str, *, weight: float = 1) -> AsyncIterator[None]:
        """Wait for a place, and hold it until the block ends.

        For its pace, the time that the block takes counts `weight` times.
        """
        if self._pace:
            self._pace.arrive(project_id)
        if self._may_hold(project_id) and not self._waiting:
            since = self._hold(project_id)
        else:
            since = await self._wait(project_id)
        try:
            yield
        finally:
            self._give_back(project_id, since, weight)

    async def _wait(self, project_id: str) -> float:
        loop = asyncio.get_running_loop()
        granted: asyncio.Future[float] = loop.create_future()
        self._waiting.add(project_id, (project_id, granted))
        self._grant()
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._give_back(project_id, granted.result())
            raise

    def _look_later(self) -> None:
        if self._usual is None or not self._waiting:
            return
        # Otherwise a place has been held for longer than usual by then.
        wait = self._slow_after - time.monotonic()
        wait = wait if 0 < wait < self._usual else self._usual
        loop = asyncio.get_running_loop()
        if self._timer is None or self._timer.when() > loop.time() + wait:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_later(wait, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._grant()

    def _may_hold(self, project_id: str) -> bool:
        if not self._free:
            return False
        if self._pace and self._pace.is_slow(project_id):
            return time.monotonic() >= self._slow_after
        held = self._held.get(project_id, ())
        if len(held) < self._share:
            return True
        if self._usual is None:
            return False
        lately = time.monotonic() - self._usual
        return sum(since > lately for since in held) < self._share

    def _hold(self, project_id: str) -> float:
        since = time.monotonic()
        self._free -= 1
        self._held.setdefault(project_id, []).append(since)
        if self._pace and self._usual and self._pace.is_slow(project_id):
            self._slow_after = since + self._usual
        return since

    def _give_back(self, project_id: str, since: float, weight: float = 1) -> None:
        self._free += 1
        held = self._held[project_id]
        held.remove(since)
        if not held:
            del self._held[project_id]
        if self._pace:
            now = time.monotonic()
            used = weight * min(now - since, self._usual or math.inf)
            self._pace.use(project_id, used)
            if self._pace.is_slow(project_id):
                self._slow_after = now + RESTS * used
        self._grant()

    def _grant(self) -> None:
        while waiting := self._waiting.take(self._may_hold):
            project_id, granted = waiting
            # Otherwise its task was cancelled while it waited.
            if not granted.done():
                granted.set_result(self._hold(project_id))
        self._look_later()
