"""What the viewers of one thread see: one reader and one renderer per thread and web process.

The first viewer starts the feed; it reads the thread's log from the beginning, so that it knows
what is being written, and then renders each change once for all. The last one to go ends it.
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
from assistants_app.queries.threads.state import (
    current_status,
    names_by_id,
    reply_rows,
    thread_runs,
    thread_snapshot,
)
from assistants_app.rendering.threads.growing import Operation
from assistants_app.rendering.threads.live import (
    Changes,
    LiveThread,
    catch_up,
    panel_operations,
)
from assistants_app.rendering.threads.replies import replies_of
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

GONE: list[Operation] = [{"op": "gone"}]

Send = Callable[[str], Awaitable[None]]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Viewer:
    """One socket. Frames that arrive before its first frame was sent wait for that."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: list[str] | None = []

    async def frame(self, frame: str) -> None:
        if self._waiting is not None:
            self._waiting.append(frame)
        else:
            await self._send(frame)

    def forget_waiting(self) -> None:
        """Drop the frames that wait: the first frame will include them."""
        self._waiting = []

    async def begin(self, frame: str) -> None:
        """Send the first frame, then those that arrived in the meantime."""
        await self._send(frame)
        # A frame that arrives while these are sent has to queue up behind them: the page skips
        # frames that are older than the last.
        while self._waiting:
            await self._send(self._waiting.pop(0))
        self._waiting = None


class ThreadFeed:
    """Reads one thread's log, and sends frames to the thread's viewers."""

    def __init__(self, project_id: str, thread_id: str) -> None:
        self.project_id = project_id
        self.thread_id = thread_id
        self.seq = BEGINNING
        self.viewers: set[Viewer] = set()
        self.live = LiveThread(project_id)
        self._caught_up = asyncio.Event()
        self._stale = False  # what viewers see may differ from the database
        self._flush_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._flushing = asyncio.Lock()
        self._task = asyncio.create_task(self._run())

    async def join(self, viewer: Viewer, after: str) -> None:
        """Bring a viewer whose page shows the state at `after` up to date, and keep it so."""
        self.viewers.add(viewer)
        await self._caught_up.wait()
        async with self._flushing:
            # This viewer's first frame includes what the others have yet to be told.
            changes, seq = self.live.take_changes(), self.seq
            unfinished = self.live.unfinished()
            viewer.forget_waiting()
            await self._tell_of(seq, changes)
        if after == seq:
            operations = unfinished.operations()
        elif (snapshot := await self._snapshot()) is None:
            operations = GONE
        else:
            self.live.start_from(snapshot)
            operations = await in_thread(catch_up, snapshot, unfinished)
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
        target = await in_thread(_newest_seq, self.thread_id)
        if target == BEGINNING:
            self._caught_up.set()
        while True:
            try:
                if self._stale:
                    await self._resync()
                async for batch in follow(self.thread_id, after=self.seq, idle=IDLE_SECONDS):
                    await self._take(batch, target)
            except LogLost:
                # What was being written has lost its middle, so it starts over with the log.
                self.live = LiveThread(self.project_id)
                self.seq = BEGINNING
                self._stale = True
            except Exception:  # noqa: BLE001 - the consumer boundary: the feed goes on
                logger.exception("The feed of %s had a fault.", self.thread_id)
                self._stale = True
                await asyncio.sleep(IDLE_SECONDS)

    async def _take(self, batch: list[Event], target: str) -> None:
        if not batch and not self._stale:
            # Not caught up: the log was lost on the way to `target`.
            self._stale = not self._caught_up.is_set() or await self._is_behind()
        for event in batch:
            await self._learn(event)
            # One by one, so that a frame which is sent during the batch has the right number, and
            # no event is applied twice after a fault.
            self.seq = event.seq
            self.live.apply(event)
        if self._stale:
            await self._resync()
        elif batch and self._caught_up.is_set():
            self._schedule()
        elif batch:
            self.live.take_changes()  # nobody has been sent a frame yet
            if position(self.seq) >= position(target):
                self._caught_up.set()

    def _schedule(self) -> None:
        """Flush now if the last flush is long enough ago, otherwise as soon as it is."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            delay = max(0.0, self._flush_at + FLUSH_SECONDS - loop.time())
            self._timer = loop.call_later(delay, lambda: loop.create_task(self._flush()))

    async def _flush(self) -> None:
        self._timer = None
        self._flush_at = asyncio.get_running_loop().time()
        async with self._flushing:
            await self._tell_of(self.seq, self.live.take_changes())

    async def _tell_of(self, seq: str, changes: Changes) -> None:
        try:
            operations = changes.operations + await self._panels(changes)
        except Exception:  # noqa: BLE001 - the changes were taken, so no later frame has them
            logger.exception("The feed of %s had a fault.", self.thread_id)
            self._stale = True
            return
        if operations and self.viewers:
            await self._tell(_frame(seq, operations, changes.announcement))

    async def _panels(self, changes: Changes) -> list[Operation]:
        if not (changes.log_changed or changes.outcome_changed):
            return []
        runs = await in_thread(thread_runs, self.thread_id)
        return await in_thread(panel_operations, runs, changes)

    async def _learn(self, event: Event) -> None:
        """Read what the event does not say: names, and what a reply took."""
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

    async def _tell(self, frame: str) -> None:
        for viewer in list(self.viewers):
            await viewer.frame(frame)

    async def _is_behind(self) -> bool:
        """Whether the run went on, or the thread was deleted, while the log was away."""
        try:
            actual = await in_thread(current_status, self.thread_id)
        except Thread.DoesNotExist:
            return True
        shown = self.live.run["status"] if self.live.run else None
        return shown in run_status.ACTIVE and shown != actual

    async def _resync(self) -> None:
        """Redraw everything from the database."""
        async with self._flushing:
            # Before the snapshot, which then includes all of it.
            changes, seq = self.live.take_changes(), self.seq
            unfinished = self.live.unfinished()
            snapshot = await self._snapshot()
            if snapshot is None:
                operations = GONE
            else:
                self.live.reset_to(snapshot)
                operations = await in_thread(catch_up, snapshot, unfinished)
            self._stale = False
            self._caught_up.set()
            await self._tell(_frame(seq, operations, changes.announcement, whole=True))

    async def _snapshot(self) -> ThreadSnapshot | None:
        """The thread as it is now; None if it was deleted."""
        try:
            return await in_thread(thread_snapshot, self.thread_id)
        except Thread.DoesNotExist:
            return None


def _frame(
    seq: str, operations: list[Operation], announcement: str = "", *, whole: bool = False
) -> str:
    """A frame as JSON. `whole`: the page applies it whatever frames it has seen."""
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
    """Run a query or a renderer in a thread, and give its database connection back."""

    def work() -> Result:
        try:
            return function(*arguments, **options)
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
