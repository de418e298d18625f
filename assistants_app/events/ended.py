"""Runs that have ended, and whose events are to be kept before their log expires."""

from collections.abc import Iterable
from typing import Final, cast

from assistants_app.domain.event_names import RUN_TERMINAL
from assistants_app.events.append import Item
from assistants_app.events.connections import Connection
from assistants_app.events.log import NewEvent, key, name_and_size
from assistants_app.models.kept_events import KeptEvent

_LIST: Final = "events:ended"


def ended_runs(events: Iterable[NewEvent]) -> list[Item]:
    """Return what notes the runs that end with these events, to be written after them."""
    return [Item(_LIST, event.run_id) for event in events if event.name in RUN_TERMINAL]


class EndedRuns:
    """Takes runs that have ended from the log. For one thread at a time.

    Its methods raise ``OSError`` and :class:`~assistants_app.events.connections.ReplyError`.
    """

    def __init__(self) -> None:
        self._connection = Connection()

    def take(self, limit: int) -> list[str]:
        """Return the ids of runs that have ended, and forget them."""
        found = cast(list[bytes] | None, self._connection.call("RPOP", _LIST, limit))
        return [run_id.decode() for run_id in found or ()]

    def events_of(self, thread_id: str, run_id: str, *, since: int) -> list[KeptEvent]:
        """Return the run's events, whose numbers begin after `since` (milliseconds)."""
        # Not as `Event` objects, and without opening their data: 0.2 ms for 200 events.
        entries = self._connection.call("XRANGE", key(thread_id), since, "+")
        wanted = run_id.encode()
        return [
            KeptEvent(*name_and_size(event), int(seq[: seq.index(b"-")]))
            for seq, (_, of_run, _, event) in entries
            if of_run == wanted
        ]
