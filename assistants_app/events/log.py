"""The log itself: one Redis stream per thread. An entry's stream id is the event's seq.

Stream ids begin with the server's time, so that a seq never comes back, not even when the log was
lost: a reader that asks for what came after a seq which the log no longer reaches is told so.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from redis.exceptions import NoScriptError

from assistants_app import conf
from assistants_app.redis_client import client

BEGINNING: Final = "0-0"

# A stream's entries as redis-py gives them with our client's settings.
Entries = list[tuple[bytes, dict[bytes, bytes]]]

# Appends and wakes the readers in one step, so that no reader sees a number before its event.
# A batch that comes again (its answer was lost with the connection) is not appended again.
# ARGV: batch id, length, seconds to live, then name, run id and data of each event.
_APPEND = """
if redis.call('GET', KEYS[2]) == ARGV[1] then return 0 end
for i = 4, #ARGV, 3 do
  local name, run, data = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local seq = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*',
    'n', name, 'r', run, 'd', data)
  redis.call('PUBLISH', KEYS[1], seq .. '\\n' .. name .. '\\n' .. run .. '\\n' .. data)
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
_APPEND_SHA = hashlib.sha1(_APPEND.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that has no number yet. `data` is JSON text, as it goes to the SDK."""

    name: str
    run_id: str
    data: str


@dataclass(frozen=True)
class Event:
    """An event of the log. `seq` (``milliseconds-counter``) orders the events of a thread."""

    seq: str
    name: str
    run_id: str
    data: str

    @cached_property
    def content(self) -> dict[str, Any]:
        """The wire object that the event carries."""
        return json.loads(self.data)  # type: ignore[no-any-return]


def key(thread_id: str) -> str:
    """The log's key in Redis; the channel that wakes its readers has the same name."""
    return f"events:{{{thread_id}}}"


def position(seq: str) -> tuple[int, int]:
    """A seq as something that compares."""
    milliseconds, _, counter = seq.partition("-")
    return int(milliseconds), int(counter or 0)


def is_seq(text: str) -> bool:
    """Whether `text` has the form of a seq."""
    milliseconds, dash, counter = text.partition("-")
    return milliseconds.isdecimal() and (not dash or counter.isdecimal())


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one thread that are appended together, once, however often it is tried."""

    id: str
    thread_id: str
    events: list[NewEvent]


def append_now(batches: list[Batch]) -> None:
    """Append the batches of several threads in one round trip. Raises ``redis.RedisError``."""
    try:
        _append(batches)
    except NoScriptError:
        client().script_load(_APPEND)
        _append(batches)


def _append(batches: list[Batch]) -> None:
    pipeline = client().pipeline(transaction=False)
    for batch in batches:
        arguments: list[str | int] = [batch.id, conf.EVENT_LOG_LENGTH, conf.EVENT_LOG_TTL]
        for event in batch.events:
            arguments += [event.name, event.run_id, event.data]
        stream = key(batch.thread_id)
        pipeline.evalsha(_APPEND_SHA, 2, stream, f"{stream}:batch", *arguments)
    pipeline.execute()


def last_seq(thread_id: str) -> str:
    """The newest event's seq, :data:`BEGINNING` if there is none. Raises ``redis.RedisError``."""
    newest = cast(Entries, client().xrevrange(key(thread_id), count=1))
    return newest[0][0].decode() if newest else BEGINNING


def reaches(thread_id: str, seq: str) -> bool:
    """Whether `seq` lies within the log, so that it holds all that came after it. Raises
    ``redis.RedisError``.
    """
    if seq == BEGINNING:
        return True
    oldest = cast(Entries, client().xrange(key(thread_id), count=1))
    if not oldest:
        return False
    bounds = oldest[0][0].decode(), last_seq(thread_id)
    return position(bounds[0]) <= position(seq) <= position(bounds[1])


def read(thread_id: str, *, after: str = BEGINNING, count: int | None = None) -> list[Event]:
    """The events after `after`, oldest first. Raises ``redis.RedisError``."""
    entries = cast(Entries, client().xrange(key(thread_id), min=f"({after}", count=count))
    return [event_of(seq, fields) for seq, fields in entries]


def event_of(seq: bytes, fields: dict[bytes, bytes]) -> Event:
    """A stream entry as an event."""
    return Event(seq.decode(), fields[b"n"].decode(), fields[b"r"].decode(), fields[b"d"].decode())


def event_of_wake_up(payload: bytes) -> Event:
    """What the append script publishes, as an event."""
    seq, name, run_id, data = payload.decode().split("\n", 3)
    return Event(seq, name, run_id, data)
