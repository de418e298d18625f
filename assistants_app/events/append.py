"""Append to event logs: all that a process has for any of its threads, in one script.

The script numbers each event (XADD) and publishes all events of a thread in one message, so that no
reader learns of a number before its event exists. Then it hands over tasks: a worker that takes one
finds the events before it in the log.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from assistants_app import conf
from assistants_app.events.connections import Argument, Connection, ReplyError
from assistants_app.events.log import NewEvent, key

# Seconds that Redis remembers the last flush of a process, at least.
REMEMBERED_SECONDS = 60

# A flush that is sent twice, because its reply was lost with the connection, is carried out once:
# each process counts its flushes, and the server knows the last one. First, because the first write
# of a script is refused if memory is full, and then nothing was done.
# KEYS: the process, then a stream per thread. ARGV: number of the flush, seconds to remember it,
# maximum length of a stream, then for each stream its seconds to live ('' leaves them), its number
# of events, and run id and bytes of each event. What is left are pairs of a list and an item.
# Valkey needs 0.02 ms for a flush of one event.
_APPEND: Final = """
if redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'GET') == ARGV[1] then return 0 end
local at, longest = 4, ARGV[3]
for stream = 2, #KEYS do
  local key, seconds, count = KEYS[stream], ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  if count == 1 then
    local run, bytes = ARGV[at], ARGV[at + 1]
    local seq = redis.call('XADD', key, 'MAXLEN', '~', longest, '*', 'r', run, 'e', bytes)
    redis.call('PUBLISH', key, seq .. ' ' .. run .. '\\n' .. bytes)
  else
    local lines = {}
    for i = 0, count - 1 do
      local run, bytes = ARGV[at + 2 * i], ARGV[at + 2 * i + 1]
      local seq = redis.call('XADD', key, 'MAXLEN', '~', longest, '*', 'r', run, 'e', bytes)
      lines[i + 1] = seq .. ' ' .. run .. '\\n' .. bytes
    end
    redis.call('PUBLISH', key, table.concat(lines))
  end
  at = at + 2 * count
  if seconds ~= '' then redis.call('EXPIRE', key, seconds) end
end
for i = at, #ARGV, 2 do redis.call('LPUSH', ARGV[i], ARGV[i + 1]) end
return 1
"""
_SHA: Final = hashlib.sha1(_APPEND.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Item:
    """An item for a list in Redis, such as a task for the workers that wait on the list."""

    to: str
    content: str | bytes


@dataclass(slots=True)
class Batch:
    """Events of one thread, and what follows once the log has them.

    Unless it `expires`, the thread's log lives as long as before.
    """

    thread_id: str
    events: list[NewEvent]
    items: list[Item] = field(default_factory=list)
    expires: bool = True


class Appender:
    """Appends the batches of one process. For one thread at a time."""

    def __init__(self) -> None:
        self._connection = Connection()
        self._process = f"writer:{secrets.token_hex(8)}"
        self._flushes = 0

    def append(self, batches: Sequence[Batch], *, again: bool = False) -> None:
        """Append the batches in one round trip. `again`: they may be appended already.

        Raises ``OSError`` if Redis can't be reached, and :class:`ReplyError` if it refuses.
        """
        if not again:
            self._flushes += 1
        command = self._command(batches)
        try:
            self._connection.call("EVALSHA", _SHA, *command)
        except ReplyError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            # A restarted server has forgotten the script.
            self._connection.call("EVAL", _APPEND, *command)

    def _command(self, batches: Sequence[Batch]) -> list[Argument]:
        remembered = round(conf.EVENT_LOG_PATIENCE) + REMEMBERED_SECONDS
        with_events = [batch for batch in batches if batch.events]
        command: list[Argument] = [
            *(len(with_events) + 1, self._process),
            *(key(batch.thread_id) for batch in with_events),
            *(self._flushes, remembered, conf.EVENT_LOG_LENGTH),
        ]
        for batch in with_events:
            command += (conf.EVENT_LOG_TTL if batch.expires else "", len(batch.events))
            for event in batch.events:
                command += (event.run_id, event.sse)
        for batch in batches:
            for item in batch.items:
                command += (item.to, item.content)
        return command
