"""The event log: one Redis stream per thread. An entry's stream id is the event's seq.

Stream ids start with the server's time, so a seq is never used twice, even after a log was lost. A
reader whose position is older than the log is therefore detected instead of shown wrong events.
"""

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final, Self, cast

from assistants_app.domain.event_names import THREAD_CREATED
from assistants_app.redis_client import client

BEGINNING: Final = "0-0"

# How long a recorded example can be played. There is one per project.
RESTORED_SECONDS: Final = 24 * 3600

# A stream's entries as redis-py returns them with our client's settings.
Entries = list[tuple[bytes, dict[bytes, bytes]]]

# What stands before the name, before the data and at the end of the bytes of an event.
_NAME, _DATA, _END = b"event: ", b"\ndata: ", b"\n\n"
_AROUND_DATA = len(_DATA) + len(_END)


class NewEvent:
    """An event that has no seq yet. `data` is JSON text in the form that the SDK receives.

    `sse` are its bytes as a server-sent event: made once, stored in the log, and passed on to
    readers as they are.
    """

    __slots__ = ("name", "run_id", "sse")

    def __init__(self, name: str, run_id: str, data: str) -> None:
        self.name = name
        self.run_id = run_id
        self.sse = f"event: {name}\ndata: {data}\n\n".encode()

    @property
    def data(self) -> str:
        return _data_of(self.sse)

    def __repr__(self) -> str:
        return f"NewEvent({self.name!r}, {self.run_id!r}, {self.data!r})"


class Event:
    """An event in the log. `seq` (``milliseconds-counter``) orders the events of a thread."""

    def __init__(self, seq: str, name: str, run_id: str, data: str) -> None:
        self.seq = seq
        self.name = name
        self.run_id = run_id
        self.sse = NewEvent(name, run_id, data).sse

    @classmethod
    def stored(cls, seq: str, run_id: str, event: bytes) -> Self:
        """Return the event with these bytes."""
        self = cls.__new__(cls)
        self.seq, self.run_id, self.sse = seq, run_id, event
        self.name = event[len(_NAME) : event.index(b"\n")].decode()
        return self

    @cached_property
    def data(self) -> str:
        """The event's data as JSON text."""
        return _data_of(self.sse)

    @property
    def size(self) -> int:
        """The size of the event's data in bytes."""
        return name_and_size(self.sse)[1]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The event's data as a wire object."""
        return json.loads(self.data)  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"Event({self.seq!r}, {self.name!r}, {self.run_id!r}, {self.data!r})"

    def _identity(self) -> tuple[str, str, bytes]:
        return self.seq, self.run_id, self.sse


def name_and_size(event: bytes) -> tuple[str, int]:
    """Return the name and the size of the data in the bytes of an event."""
    name_ends = event.index(b"\n")
    return event[len(_NAME) : name_ends].decode(), len(event) - name_ends - _AROUND_DATA


def _data_of(event: bytes) -> str:
    return event[event.index(_DATA) + len(_DATA) : -len(_END)].decode()


def key(thread_id: str) -> str:
    """Return the key of a thread's log in Redis; the channel for its readers has the same name."""
    return f"events:{thread_id}"


def position(seq: str) -> tuple[int, int]:
    """Return a seq as numbers, which compare in the order of events."""
    milliseconds, _, counter = seq.partition("-")
    return int(milliseconds), int(counter or 0)


def is_seq(text: str) -> bool:
    """Return whether `text` has the form of a seq."""
    milliseconds, dash, counter = text.partition("-")
    return milliseconds.isdecimal() and (not dash or counter.isdecimal())


def restore(thread_id: str, events: list[Event]) -> None:
    """Write events with the seqs that they have into a new log. Raises ``redis.RedisError``."""
    # A transaction, so that no reader sees half of it. Without a wake-up, as it has no readers yet.
    pipeline = client().pipeline(transaction=True)
    for event in events:
        fields: dict[Any, Any] = {"r": event.run_id, "e": event.sse}
        pipeline.xadd(key(thread_id), fields, id=event.seq)
    pipeline.expire(key(thread_id), RESTORED_SECONDS)
    pipeline.execute()


def forget_logs(thread_ids: Iterable[str]) -> None:
    """Delete the logs of deleted threads, if there are any. Raises ``redis.RedisError``."""
    if keys := [key(thread_id) for thread_id in thread_ids]:
        client().unlink(*keys)


def last_seq(thread_id: str) -> str:
    """Return the newest event's seq, or :data:`BEGINNING`. Raises ``redis.RedisError``."""
    newest = cast(Entries, client().xrevrange(key(thread_id), count=1))
    return newest[0][0].decode() if newest else BEGINNING


def reaches(thread_id: str, seq: str) -> bool:
    """Return whether the log still holds all events after `seq`. Raises ``redis.RedisError``."""
    if seq == BEGINNING:
        return True
    oldest = cast(Entries, client().xrange(key(thread_id), count=1))
    if not oldest:
        return False
    # Beyond the newest event is wrong, too: that seq belongs to a log that was lost.
    bounds = oldest[0][0].decode(), last_seq(thread_id)
    return position(bounds[0]) <= position(seq) <= position(bounds[1])


def read(thread_id: str, *, after: str = BEGINNING, count: int | None = None) -> list[Event]:
    """Return the events after `after`, oldest first. Raises ``redis.RedisError``."""
    entries = cast(Entries, client().xrange(key(thread_id), min=f"({after}", count=count))
    return [event_of(seq, fields) for seq, fields in entries]


def is_whole(thread_id: str) -> bool:
    """Return whether the log still has the thread's first event. Raises ``redis.RedisError``."""
    first = read(thread_id, count=1)
    return bool(first) and first[0].name == THREAD_CREATED


def event_of(seq: bytes, fields: dict[bytes, bytes]) -> Event:
    """Return a stream entry as an event."""
    return Event.stored(seq.decode(), fields[b"r"].decode(), fields[b"e"])


def published_events(payload: bytes) -> list[Event]:
    """Return the events that the script of :mod:`~assistants_app.events.append` published."""
    # Before the bytes of each event is a line with its seq and run id. JSON has no line breaks.
    events = []
    for part in payload.split(b"\n\n")[:-1]:
        head, _, event = part.partition(b"\n")
        seq, _, run_id = head.decode().partition(" ")
        events.append(Event.stored(seq, run_id, event + b"\n\n"))
    return events
