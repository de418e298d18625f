"""The feed of one viewer to whom a recorded example is played."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from django.utils import timezone
from redis.exceptions import RedisError

from assistants_app.domain import event_names
from assistants_app.events import log
from assistants_app.events.log import BEGINNING, Event
from assistants_app.models import Project
from assistants_app.models.snapshots import LoggedRun
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.runs.runs import get_run_of_project
from assistants_app.queries.threads.state import logged_run
from assistants_app.realtime.feed import ThreadFeed
from assistants_app.realtime.frames import frame_of
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import Viewer
from assistants_app.rendering.threads.changes import Changes, PanelChanges
from assistants_app.rendering.threads.growing import Operation
from assistants_app.rendering.threads.live import panel_operations
from assistants_app.rendering.threads.replay import Replay, time_of

logger = logging.getLogger(__name__)

SPEED = 1.0  # of the recorded run
# The person can write at any time, because no run is active.
CONTROLS = "run-controls"


class ReplayFeed(ThreadFeed):
    """Takes the events of the recorded run again, with the time between them.

    Then, or if there is nothing to play, it calls `on_end`, which connects the viewer to the
    thread's own feed.
    """

    def __init__(
        self, project_id: str, thread_id: str, on_end: Callable[[], Awaitable[None]]
    ) -> None:
        self._on_end = on_end
        self._replay: Replay | None = None
        super().__init__(project_id, thread_id)

    def join(self, viewer: Viewer, after: str | None) -> None:
        """Add the viewer, whose page shows the thread before the run."""
        self.viewers.add(viewer)
        viewer.is_ready = True
        viewer.send(frame_of(BEGINNING, []))

    def leave(self, viewer: Viewer) -> None:
        """Remove the viewer, and end the replay."""
        super().leave(viewer)
        self.close()

    async def _read_forever(self) -> None:
        self._caught_up.set()
        try:
            events = await in_thread(_recorded_events, self.thread_id)
            if events:
                await self._play(events)
        except Exception:  # noqa: BLE001 - the consumer boundary: the viewer goes on to the thread
            logger.exception("Internal error in the replay of %s.", self.thread_id)
        await self._on_end()

    async def _play(self, events: list[Event]) -> None:
        begin = timezone.now()
        first = time_of(events[0])
        recorded, name = await in_thread(_recorded_run, self.project_id, events)
        self._replay = Replay(recorded, assistant=name, later=begin - first)
        for event in events:
            wait = (time_of(event) - first) / SPEED - (timezone.now() - begin)
            if wait > timedelta():
                await asyncio.sleep(wait.total_seconds())
            self._replay.take(event)
            await self._take_batch([event], BEGINNING)

    async def _read_panels(self, changed: PanelChanges) -> list[Operation]:
        if self._replay is None:
            return []
        return await in_thread(panel_operations, self._replay.runs(), changed)

    async def _send_changes(self, seq: str, changes: Changes) -> None:
        changes.operations[:] = [
            operation for operation in changes.operations if operation.get("id") != CONTROLS
        ]
        await super()._send_changes(seq, changes)


def _recorded_events(thread_id: str) -> list[Event]:
    """Return the events up to the end of the thread's first run, or none if the log has expired."""
    try:
        events = log.read(thread_id) if log.is_whole(thread_id) else []
    except RedisError:
        return []
    ends = (
        place for place, event in enumerate(events, 1) if event.name in event_names.RUN_TERMINAL
    )
    return events[: next(ends, 0)]


def _recorded_run(project_id: str, events: list[Event]) -> tuple[LoggedRun, str]:
    """Return the run of these events, and the name of its assistant."""
    project = Project(pk=project_id)
    run = get_run_of_project(project, events[-1].run_id)
    names = names_of_assistants(project, {run.assistant_id})
    return logged_run(run), names.get(run.assistant_id, "")
