"""The feed of a thread: one reader and one renderer for all its viewers in a web process.

The first viewer starts the feed. It reads the thread's log from the beginning, to know what is
being written, and then renders each change once for all viewers. When the last viewer leaves, the
feed ends.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from redis.exceptions import RedisError

from assistants_app.domain import event_names, run_status
from assistants_app.events import log
from assistants_app.events.log import BEGINNING, Event, position
from assistants_app.events.subscribe import LogLost, follow
from assistants_app.models import Project, Thread
from assistants_app.models.snapshots import ThreadSnapshot
from assistants_app.queries.connections import release_connection
from assistants_app.queries.runs.runs import run_with_steps
from assistants_app.queries.threads.spans import names_by_id
from assistants_app.queries.threads.state import (
    current_status,
    reply_rows,
    thread_runs,
    thread_snapshot,
)
from assistants_app.rendering.runs.end_line import render_end_line
from assistants_app.rendering.threads.growing import Operation, activity_operations
from assistants_app.rendering.threads.live import (
    Changes,
    LiveThread,
    catch_up,
    panel_operations,
)
from assistants_app.rendering.threads.replies import replies_of
from assistants_app.wire.threads.messages import attached_ids

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1  # at most ten frames per second, however fast a model writes
IDLE_SECONDS = 5.0  # without events; then check that the feed hasn't missed any
REPLY_EVENTS = frozenset(
    {
        event_names.MESSAGE_CREATED,
        event_names.MESSAGE_COMPLETED,
        event_names.MESSAGE_INCOMPLETE,
        event_names.MESSAGE_MODIFIED,
    }
)
EARLY_ENDS = event_names.RUN_TERMINAL - {event_names.RUN_COMPLETED}

GONE: list[Operation] = [{"op": "gone"}]

Send = Callable[[str], Awaitable[None]]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Viewer:
    """A websocket. Frames that arrive before its first frame wait."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: list[str] | None = []

    async def frame(self, frame: str) -> None:
        if self._waiting is not None:
            self._waiting.append(frame)
        else:
            await self._send(frame)

    def forget_waiting(self) -> None:
        """Drop the waiting frames, because the first frame will include them."""
        self._waiting = []

    async def begin(self, frame: str) -> None:
        """Send the first frame, then the frames that have arrived in the meantime."""
        await self._send(frame)
        # A frame that arrives in this loop must wait, too: the page skips frames that are older
        # than the last one.
        while self._waiting:
            await self._send(self._waiting.pop(0))
        self._waiting = None


class ThreadFeed:
    """Reads a thread's log, and sends frames to the thread's viewers."""

    def __init__(self, project_id: str, thread_id: str) -> None:
        self.project_id = project_id
        self.thread_id = thread_id
        self.seq = BEGINNING
        self.viewers: set[Viewer] = set()
        self.live = LiveThread(project_id)
        self._caught_up = asyncio.Event()
        self._stale = False  # whether viewers may see something else than the database has
        self._flush_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._flushing = asyncio.Lock()
        self._activity = ""  # as of the last frame
        self._task = asyncio.create_task(self._read_forever())

    async def join(self, viewer: Viewer, after: str | None) -> None:
        """Add a viewer, and bring its page up to date.

        `after`: the state that the page shows. None sends the whole state, to a viewer that may
        have joined already.
        """
        self.viewers.add(viewer)
        await self._caught_up.wait()
        async with self._flushing:
            # The first frame of this viewer includes the pending changes, which the others get now.
            changes, seq = self.live.take_changes(), self.seq
            unfinished = self.live.unfinished()
            viewer.forget_waiting()
            await self._send_changes(seq, changes)
        # The page shows this state already, so it needs only what the database doesn't have yet.
        if after == seq:
            operations = unfinished.operations() + activity_operations(unfinished.activity)
        elif (snapshot := await self._read_snapshot()) is None:
            operations = GONE
        else:
            self.live.start_from(snapshot)
            operations = await in_thread(catch_up, snapshot, unfinished)
        await viewer.begin(frame_of(seq, operations, whole=True))

    def leave(self, viewer: Viewer) -> None:
        """Remove a viewer."""
        self.viewers.discard(viewer)

    def close(self) -> None:
        """Stop reading."""
        self._task.cancel()
        if self._timer:
            self._timer.cancel()

    async def _read_forever(self) -> None:
        target = await in_thread(_newest_seq, self.thread_id)
        if target == BEGINNING:
            self._caught_up.set()
        while True:
            try:
                if self._stale:
                    await self._resync()
                async for batch in follow(self.thread_id, after=self.seq, idle=IDLE_SECONDS):
                    await self._take_batch(batch, target)
            except LogLost:
                # Rows being written have lost their middle. Start again from the log's beginning.
                self.live = LiveThread(self.project_id)
                self.seq = BEGINNING
                self._stale = True
            except Exception:  # noqa: BLE001 - the consumer boundary: the feed goes on
                logger.exception("Internal error in the feed of %s.", self.thread_id)
                self._stale = True
                await asyncio.sleep(IDLE_SECONDS)

    async def _take_batch(self, batch: list[Event], target: str) -> None:
        if not batch and not self._stale:
            # If it hasn't caught up by now, the log was lost before `target`.
            self._stale = not self._caught_up.is_set() or await self._is_behind()
        for event in batch:
            await self._learn_missing_facts(event)
            # One by one, so that a frame sent during the batch has the right number, and no event
            # is applied twice after an error.
            self.seq = event.seq
            self.live.apply(event)
        if self._stale:
            await self._resync()
        elif batch and self._caught_up.is_set():
            self._schedule_flush()
        elif batch:
            self.live.take_changes()  # forget them: nobody has received a frame yet
            if position(self.seq) >= position(target):
                self._caught_up.set()

    def _schedule_flush(self) -> None:
        """Flush as soon as FLUSH_SECONDS have passed since the last flush."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            delay = max(0.0, self._flush_at + FLUSH_SECONDS - loop.time())
            self._timer = loop.call_later(delay, lambda: loop.create_task(self._flush()))

    async def _flush(self) -> None:
        self._timer = None
        self._flush_at = asyncio.get_running_loop().time()
        async with self._flushing:
            await self._send_changes(self.seq, self.live.take_changes())

    async def _send_changes(self, seq: str, changes: Changes) -> None:
        try:
            operations = [*changes.operations, *await self._changed_panels(changes)]
            if changes.activity != self._activity or changes.outcome_changed:
                operations += activity_operations(changes.activity)
            self._activity = changes.activity
            operations += changes.tokens
        except Exception:  # noqa: BLE001 - the changes were taken, so no later frame has them
            logger.exception("Internal error in the feed of %s.", self.thread_id)
            self._stale = True
            return
        if operations and self.viewers:
            await self._send_to_all(frame_of(seq, operations, changes.announcement))

    async def _changed_panels(self, changes: Changes) -> list[Operation]:
        if not (changes.log_changed or changes.outcome_changed):
            return []
        runs = await in_thread(thread_runs, self.thread_id)
        return await in_thread(panel_operations, runs, changes)

    async def _learn_missing_facts(self, event: Event) -> None:
        """Read facts that the event doesn't contain: names, and the tokens and times of replies."""
        content = event.content
        assistants = self.live.unnamed(filter(None, [content.get("assistant_id")]))
        files = self.live.unnamed(attached_ids(content))
        if assistants or files:
            project = Project(pk=self.project_id)
            self.live.learn(names=await in_thread(names_by_id, project, assistants, files))
        # Not while catching up: no frame will show the replies of all these messages.
        if event.name in REPLY_EVENTS and content["run_id"] and self._caught_up.is_set():
            found = await in_thread(reply_rows, self.thread_id, content["id"])
            if found is not None:
                message, rows = found
                self.live.learn(replies=replies_of([message], rows))
        if event.name in EARLY_ENDS and self._caught_up.is_set():
            await self._learn_end(content["id"])

    async def _learn_end(self, run_id: str) -> None:
        if (found := await in_thread(run_with_steps, run_id)) is not None:
            run, steps = found
            self.live.learn(ends={run_id: await in_thread(render_end_line, run, steps)})

    async def _send_to_all(self, frame: str) -> None:
        for viewer in list(self.viewers):
            await viewer.frame(frame)

    async def _is_behind(self) -> bool:
        """Return whether the run has changed, or the thread was deleted, without an event."""
        try:
            actual = await in_thread(current_status, self.thread_id)
        except Thread.DoesNotExist:
            return True
        shown = self.live.run["status"] if self.live.run else None
        return shown in run_status.ACTIVE and shown != actual

    async def _resync(self) -> None:
        """Redraw everything from the database."""
        async with self._flushing:
            # Before the snapshot, so that the snapshot includes all of it.
            changes, seq = self.live.take_changes(), self.seq
            unfinished = self.live.unfinished()
            snapshot = await self._read_snapshot()
            if snapshot is None:
                operations = GONE
            else:
                self.live.reset_to(snapshot)
                operations = await in_thread(catch_up, snapshot, unfinished)
            self._stale = False
            self._caught_up.set()
            await self._send_to_all(frame_of(seq, operations, changes.announcement, whole=True))

    async def _read_snapshot(self) -> ThreadSnapshot | None:
        """Return the thread's current state, or None if it was deleted."""
        try:
            return await in_thread(thread_snapshot, self.thread_id)
        except Thread.DoesNotExist:
            return None


def frame_of(
    seq: str, operations: list[Operation], announcement: str = "", *, whole: bool = False
) -> str:
    """Return a frame as JSON. `whole`: the page applies it whichever frames it has seen."""
    frame = {"seq": seq, "ops": operations, "announce": announcement, "whole": whole}
    return json.dumps(frame)


def _newest_seq(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING


async def in_thread(
    function: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs
) -> Result:
    """Run a query or a renderer in a thread, then return its database connection to the pool."""

    def work() -> Result:
        try:
            return function(*arguments, **options)
        finally:
            release_connection()

    # Not thread-sensitive: that would put the work of all feeds into a single thread.
    return await sync_to_async(work, thread_sensitive=False)()


_feeds: dict[str, ThreadFeed] = {}


def feed_of(project_id: str, thread_id: str) -> ThreadFeed:
    """Return the thread's feed in this process, and start it if necessary."""
    feed = _feeds.get(thread_id)
    if feed is None:
        feed = _feeds[thread_id] = ThreadFeed(project_id, thread_id)
    return feed


def leave_feed(feed: ThreadFeed, viewer: Viewer) -> None:
    """Remove a viewer, and end the feed if it was the last one."""
    feed.leave(viewer)
    if not feed.viewers and _feeds.get(feed.thread_id) is feed:
        del _feeds[feed.thread_id]
        feed.close()
