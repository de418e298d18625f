"""What the viewers of one thread see: one reader and one renderer per thread and web process.

The first viewer starts the feed; it reads the thread's log from the beginning, so that it knows
what is being written, and then renders each change once for all. The last one to go ends it.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from redis.exceptions import RedisError

from assistants_app.domain import event_names, run_status
from assistants_app.events import log
from assistants_app.events.log import BEGINNING, Event, position
from assistants_app.events.subscribe import LogLost, follow
from assistants_app.models import Thread
from assistants_app.queries.connections import release_connection
from assistants_app.rendering.threads.growing import Operation
from assistants_app.rendering.threads.live import LiveThread, whole_state
from assistants_app.rendering.threads.state import (
    read_file_names,
    read_names,
    read_outcome,
    read_panels,
    read_reply,
    read_state,
)
from assistants_app.wire.threads.messages import attached_ids

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1  # at most ten frames a second for each viewer
IDLE_SECONDS = 5.0
REPLY_EVENTS = frozenset(
    {
        event_names.MESSAGE_CREATED,
        event_names.MESSAGE_COMPLETED,
        event_names.MESSAGE_INCOMPLETE,
        event_names.MESSAGE_MODIFIED,
    }
)

Send = Callable[[str], Awaitable[None]]


class Viewer:
    """One socket. Frames that come while it is brought up to date wait until that is done."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: list[str] | None = []

    async def frame(self, frame: str) -> None:
        if self._waiting is not None:
            self._waiting.append(frame)
        else:
            await self._send(frame)

    def forget_waiting(self) -> None:
        """What waits is in the first frame already."""
        self._waiting = []

    async def begin(self, frame: str) -> None:
        """The first frame; then those that came meanwhile."""
        await self._send(frame)
        waiting, self._waiting = self._waiting or [], None
        for later in waiting:
            await self._send(later)


class ThreadFeed:
    """The feed of one thread."""

    def __init__(self, project_id: str, thread_id: str) -> None:
        self.project_id = project_id
        self.thread_id = thread_id
        self.seq = BEGINNING
        self.viewers: set[Viewer] = set()
        self.live = LiveThread(project_id, {})
        self._caught_up = asyncio.Event()
        self._flush_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._flushing = asyncio.Lock()
        self._task = asyncio.create_task(self._run())

    async def join(self, viewer: Viewer, after: str) -> None:
        """Bring a viewer whose page shows the state at `after` up to date and keep it so."""
        self.viewers.add(viewer)
        await self._caught_up.wait()
        async with self._flushing:
            # What the others have not been told yet is in this viewer's first frame.
            changes = self._take_changes()
            viewer.forget_waiting()
            seq, bodies, open_state = self.seq, self.live.open_bodies(), self.live.open_state()
            await self._tell_of(*changes)
        operations: list[Operation] = open_state
        if after != seq:
            state = await read(read_state, self.thread_id, bodies)
            if self.live.run is None:
                self.live.run = state.run
            operations = whole_state(self.project_id, state) + open_state
        await viewer.begin(_frame(seq, operations, whole=True))

    def leave(self, viewer: Viewer) -> None:
        """The viewer is gone."""
        self.viewers.discard(viewer)

    def close(self) -> None:
        """Stop reading."""
        self._task.cancel()
        if self._timer:
            self._timer.cancel()

    async def _run(self) -> None:
        target = await sync_to_async(_newest_seq)(self.thread_id)
        self.live.names = await read(read_names, self.thread_id)
        if target == BEGINNING:
            self._caught_up.set()
        while True:
            try:
                async for batch in follow(self.thread_id, after=self.seq, idle=IDLE_SECONDS):
                    await self._take(batch, target)
            except LogLost:
                self.live = LiveThread(self.project_id, self.live.names)
                self.seq = BEGINNING
                await self._resync()
            except Exception:  # noqa: BLE001 - the consumer boundary: the feed goes on
                logger.exception("The feed of %s had a fault.", self.thread_id)
                await asyncio.sleep(IDLE_SECONDS)
                await self._resync()

    async def _take(self, batch: list[Event], target: str) -> None:
        if not batch:
            if await self._is_behind():
                await self._resync()
            return
        for event in batch:
            await self._learn(event)
            self.live.apply(event)
        self.seq = batch[-1].seq
        if not self._caught_up.is_set():
            self.live.take_operations()
            self.live.log_changed = self.live.outcome_changed = False
            if position(self.seq) >= position(target):
                self._caught_up.set()
            return
        self._schedule()

    def _schedule(self) -> None:
        """Flush now if the last time is long enough ago, else as soon as it is."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            delay = max(0.0, self._flush_at + FLUSH_SECONDS - loop.time())
            self._timer = loop.call_later(delay, lambda: loop.create_task(self._flush()))

    async def _flush(self) -> None:
        self._timer = None
        self._flush_at = asyncio.get_running_loop().time()
        async with self._flushing:
            await self._tell_of(*self._take_changes())

    def _take_changes(self) -> tuple[str, list[Operation], str]:
        announcement, self.live.announcement = self.live.announcement, ""
        return self.seq, self.live.take_operations(), announcement

    async def _tell_of(self, seq: str, operations: list[Operation], announcement: str) -> None:
        if self.live.log_changed:
            self.live.log_changed = False
            panels = await read(read_panels, self.thread_id)
            operations += [{"op": "inner", "id": name, "html": panels[name]} for name in panels]
        if self.live.outcome_changed:
            self.live.outcome_changed = False
            html = await read(read_outcome, self.thread_id)
            operations.append({"op": "inner", "id": "outcome", "html": html})
        if operations and self.viewers:
            await self._tell(_frame(seq, operations, announcement))

    async def _learn(self, event: Event) -> None:
        """What the event does not tell: names of assistants and of attached files that nobody has
        yet, and what a reply took.
        """
        assistant_id = event.content.get("assistant_id")
        if assistant_id and assistant_id not in self.live.names:
            self.live.names = {**self.live.names, **await read(read_names, self.thread_id)}
        files = [file for file in attached_ids(event.content) if file not in self.live.names]
        if files:
            names = await read(read_file_names, self.project_id, files)
            self.live.names = {**self.live.names, **names}

        if event.name in REPLY_EVENTS and event.content["run_id"] and self._caught_up.is_set():
            message_id = event.content["id"]
            reply = await read(read_reply, self.thread_id, message_id)
            if reply is not None:
                self.live.replies[message_id] = reply

    async def _tell(self, frame: str) -> None:
        for viewer in list(self.viewers):
            await viewer.frame(frame)

    async def _is_behind(self) -> bool:
        """Whether the run has gone on without the log telling, as when the log was away."""
        state = await read(read_state, self.thread_id, {})
        shown = self.live.run["status"] if self.live.run else None
        actual = state.run["status"] if state.run else None
        return shown in run_status.ACTIVE and shown != actual

    async def _resync(self) -> None:
        """Draw everything anew from the database."""
        async with self._flushing:
            self.live.take_operations()
            seq, bodies, open_state = self.seq, self.live.open_bodies(), self.live.open_state()
            try:
                state = await read(read_state, self.thread_id, bodies)
            except Thread.DoesNotExist:
                await self._tell(_frame(seq, [{"op": "gone"}], whole=True))
                return
            self.live.run = state.run
            self._caught_up.set()
            await self._tell(
                _frame(seq, whole_state(self.project_id, state) + open_state, whole=True)
            )


def _frame(
    seq: str, operations: list[Operation], announcement: str = "", *, whole: bool = False
) -> str:
    """`whole`: the page is to be as this says, whatever it has seen."""
    frame = {"seq": seq, "ops": operations, "announce": announcement, "whole": whole}
    return json.dumps(frame)


def _newest_seq(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING


async def read(query: Callable[..., Any], *arguments: Any) -> Any:
    """Run a reader of the database in a thread, and give its connection back."""

    def work() -> Any:
        try:
            return query(*arguments)
        finally:
            release_connection()

    return await sync_to_async(work, thread_sensitive=False)()


_feeds: dict[str, ThreadFeed] = {}


def feed_of(project_id: str, thread_id: str) -> ThreadFeed:
    """The thread's feed in this process, started if need be."""
    feed = _feeds.get(thread_id)
    if feed is None:
        feed = _feeds[thread_id] = ThreadFeed(project_id, thread_id)
    return feed


def leave_feed(feed: ThreadFeed, viewer: Viewer) -> None:
    """Take a viewer out; the last one turns off the light."""
    feed.leave(viewer)
    if not feed.viewers and _feeds.get(feed.thread_id) is feed:
        del _feeds[feed.thread_id]
        feed.close()
