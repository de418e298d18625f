"""The event log: one Redis stream per thread. An entry's stream id is the event's seq.

Stream ids start with the server's time, so a seq is never used twice, even after a log was lost. A
reader whose position is older than the log is therefore detected instead of shown wrong events.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from redis.exceptions import NoScriptError

from assistants_app import conf
from assistants_app.domain.event_names import THREAD_CREATED
from assistants_app.redis_client import client

BEGINNING: Final = "0-0"

# A stream's entries as redis-py returns them with our client's settings.
Entries = list[tuple[bytes, dict[bytes, bytes]]]

# Appends and publishes in one step, so that no reader learns of a seq before its event exists. A
# batch that is sent twice, because its answer was lost with the connection, is appended once.
# KEYS: the stream, the id of its last batch. ARGV: batch id, maximum length, seconds to live, then
# name, run id and data of each event. A published payload has one field per line; only the last
# field, the JSON, could contain a line break.
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
    """An event that has no seq yet. `data` is JSON text in the form that the SDK receives."""

    name: str
    run_id: str
    data: str


@dataclass(frozen=True)
class Event:
    """An event in the log. `seq` (``milliseconds-counter``) orders the events of a thread."""

    seq: str
    name: str
    run_id: str
    data: str

    @cached_property
    def content(self) -> dict[str, Any]:
        """The event's data as a wire object."""
        return json.loads(self.data)  # type: ignore[no-any-return]


def key(thread_id: str) -> str:
    """Return the key of a thread's log in Redis; the channel for its readers has the same name."""
    # In braces, so that a cluster would keep the stream and `:batch` on the same node.
    return f"events:{{{thread_id}}}"


def position(seq: str) -> tuple[int, int]:
    """Return a seq as numbers, which compare in the order of events."""
    milliseconds, _, counter = seq.partition("-")
    return int(milliseconds), int(counter or 0)


def is_seq(text: str) -> bool:
    """Return whether `text` has the form of a seq."""
    milliseconds, dash, counter = text.partition("-")
    return milliseconds.isdecimal() and (not dash or counter.isdecimal())


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one thread that are appended together, exactly once even if sent again."""

    id: str
    thread_id: str
    events: list[NewEvent]


def append_now(batches: list[Batch]) -> None:
    """Append the batches of several threads in one round trip. Raises ``redis.RedisError``."""
    try:
        _append(batches)
    except NoScriptError:
        # A restarted server has forgotten the script.
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


def restore(thread_id: str, events: list[Event]) -> None:
    """Write events with the seqs that they have into a new log. Raises ``redis.RedisError``."""
    # A transaction, so that no reader sees half of it. Without a wake-up, as it has no readers yet.
    pipeline = client().pipeline(transaction=True)
    for event in events:
        fields: dict[Any, Any] = {"n": event.name, "r": event.run_id, "d": event.data}
        pipeline.xadd(key(thread_id), fields, id=event.seq)
    pipeline.expire(key(thread_id), round(conf.EVENT_LOG_TTL))
    pipeline.execute()


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
    return Event(seq.decode(), fields[b"n"].decode(), fields[b"r"].decode(), fields[b"d"].decode())


def event_of_wake_up(payload: bytes) -> Event:
    """Return a payload that the append script published as an event."""
    seq, name, run_id, data = payload.decode().split("\n", 3)
    return Event(seq, name, run_id, data)
