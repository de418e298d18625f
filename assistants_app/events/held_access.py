"""What stays open after a request was allowed. It is ended once its access is lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
# For sessions that expire, and rows that somebody has changed past our services.
LOOK_SECONDS = 30.0
# The database decides what has expired, and its clock may differ a little.
AFTER_EXPIRY = (0.05, 1.0)  # seconds

Access = TypeVar("Access")


@dataclass(eq=False, slots=True)
class Held(Generic[Access]):
    """Something open, and the access that it needs. `end` is called if this access is lost."""

    access: Access
    end: Callable[[], None]
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class HeldAccess(Generic[Access]):
    """All that is open in this process. All of it happens in the event loop.

    `allowed` returns those of the accesses that aren't lost. `changes` counts the changes that this
    process has heard of.
    """

    def __init__(
        self, allowed: Callable[[Collection[Access]], Awaitable[Collection[Access]]]
    ) -> None:
        self.changes = 0
        self.held: set[Held[Access]] = set()
        self.checking: asyncio.Task[None] | None = None
        self._allowed = allowed
        self._suspects: set[Held[Access]] = set()
        self._looking: asyncio.Task[None] | None = None

    def add(
        self,
        access: Access,
        end: Callable[[], None],
        *,
        since: int,
        until: datetime | None = None,
    ) -> Held[Access]:
        """Call `end` once the access is lost.

        `since`: the changes before it was looked up. `until`: when it expires.
        """
        held = Held(access, end)
        self.held.add(held)
        if until is not None:
            self._watch_expiry(held, until)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_regularly())
        if since != self.changes:
            self._suspect({held})
        return held

    def remove(self, held: Held[Access]) -> None:
        """End the watch over something that has ended."""
        self.held.discard(held)
        for timer in held.timers:
            timer.cancel()

    def _watch_expiry(self, held: Held[Access], until: datetime) -> None:
        loop, left = asyncio.get_running_loop(), (until - datetime.now(UTC)).total_seconds()
        held.timers = [
            loop.call_later(max(left, 0) + later, self._suspect, {held}) for later in AFTER_EXPIRY
        ]

    def take(self, concerns: Callable[[Access], bool]) -> None:
        """Check all accesses that a change concerns."""
        self.changes += 1
        self._suspect({held for held in self.held if concerns(held.access)})

    def _suspect(self, suspects: set[Held[Access]]) -> None:
        self._suspects |= suspects
        if self._suspects and (self.checking is None or self.checking.done()):
            self.checking = asyncio.create_task(self._check())

    async def _look_regularly(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self.held:
                return
            self._suspect(set(self.held))

    async def _check(self) -> None:
        while self._suspects:
            suspects, self._suspects = self._suspects & self.held, set()
            try:
                allowed = await self._allowed({held.access for held in suspects})
            except Exception:  # noqa: BLE001 - the consumer boundary: the next attempt may succeed
                logger.exception("Could not check the access of what is open.")
                self._suspects |= suspects
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for held in suspects & self.held:
                if held.access not in allowed:
                    held.end()
