"""Writes to the event log in groups: what comes while a write is under way goes with the next.

One thread per process. An idle process writes each delta at once; a busy one writes fewer, larger
batches, and adjacent deltas of one message become one. So load makes batches, not a timer.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis

from assistants_app.events import log

logger = logging.getLogger(__name__)

WEB_PATIENCE = 1.0  # seconds; the sweeper and the readers' own look at the database mend the rest


class EventLogUnavailable(Exception):
    """The log did not take the events within the writer's patience; the database has the state."""


@dataclass(slots=True)
class Delta:
    """More of one growing text: deltas with the same key that follow each other are joined."""

    name: str
    run_id: str
    key: object
    text: str
    wrap: Callable[[str], dict[str, object]]

    def event(self) -> log.NewEvent:
        return log.NewEvent(self.name, self.run_id, json.dumps(self.wrap(self.text)))


@dataclass(slots=True)
class _Pending:
    items: list[log.NewEvent | Delta] = field(default_factory=list)
    acks: list[threading.Event] = field(default_factory=list)


class GroupWriter:
    """Takes events of all threads of this process and appends them in order.

    `patience`: seconds to retry while Redis is away before a batch is given up.
    """

    def __init__(self, patience: float = WEB_PATIENCE) -> None:
        self.patience = patience
        self._pending: dict[str, _Pending] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._failed: set[threading.Event] = set()

    def delta(self, thread_id: str, delta: Delta) -> None:
        """Append a delta soon; never waits."""
        with self._condition:
            items = self._of(thread_id).items
            last = items[-1] if items else None
            if isinstance(last, Delta) and last.key == delta.key:
                last.text += delta.text
            else:
                items.append(delta)
            self._wake()

    def append(self, thread_id: str, events: list[log.NewEvent]) -> None:
        """Append events after all that was given before; returns when the log has them.

        Raises :class:`EventLogUnavailable`.
        """
        written = threading.Event()
        with self._condition:
            pending = self._of(thread_id)
            pending.items.extend(events)
            pending.acks.append(written)
            self._wake()
        if not written.wait(self.patience + 10):
            raise EventLogUnavailable
        if written in self._failed:
            self._failed.discard(written)
            raise EventLogUnavailable

    def _of(self, thread_id: str) -> _Pending:
        return self._pending.setdefault(thread_id, _Pending())

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="event-writer", daemon=True)
            self._thread.start()
        self._condition.notify()

    def _work(self) -> None:
        while True:
            with self._condition:
                while not self._pending:
                    self._condition.wait()
                taken, self._pending = self._pending, {}
            written = self._write(taken)
            for pending in taken.values():
                if not written:
                    self._failed.update(pending.acks)
                for ack in pending.acks:
                    ack.set()

    def _write(self, taken: dict[str, _Pending]) -> bool:
        batches = [
            log.Batch(
                secrets.token_hex(8),
                thread_id,
                [item.event() if isinstance(item, Delta) else item for item in pending.items],
            )
            for thread_id, pending in taken.items()
        ]
        give_up = time.monotonic() + self.patience
        pause = 0.05
        while True:
            try:
                log.append_now(batches)
            except redis.RedisError as error:
                if time.monotonic() > give_up:
                    logger.warning("Event log unavailable, events dropped: %s", error)
                    return False
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            else:
                return True


writer = GroupWriter()
