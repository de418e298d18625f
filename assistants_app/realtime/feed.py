"""The feed of a thread: one reader and one renderer for all its viewers in a web process.

The first viewer starts the feed. It reads the thread's log from the beginning, to know what is
being written, and then renders each change once for all viewers. A viewer that joins, or whose
socket is full, gets the current state later, with all others that wait for it. When the last viewer
leaves, the feed ends.
"""

import asyncio
import logging
from collections.abc import Iterable

from redis.exceptions import RedisError

from assistants_app.domain import event_names, run_status
from assistants_app.events import log
from assistants_app.events.log import BEGINNING, Event, position
from assistants_app.events.subscribe import LogLost, follow
from assistants_app.faults import fault_of
from assistants_app.models import Project, Thread
from assistants_app.models.snapshots import ThreadSnapshot
from assistants_app.queries.runs.runs import run_with_steps
from assistants_app.queries.threads.spans import names_by_id
from assistants_app.queries.threads.state import reply_rows, thread_runs, thread_snapshot
from assistants_app.realtime.frames import frame_of
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.panels import Panels
from assistants_app.realtime.talk import talk_html
from assistants_app.realtime.viewers import Viewer
from assistants_app.rendering.runs.end_line import render_end_line
from assistants_app.rendering.threads.changes import Changes, PanelChanges, Unfinished
from assistants_app.rendering.threads.growing import Operation, activity_operations
from assistants_app.rendering.threads.live import (
    LiveThread,
    catch_up,
    panel_operations,
)
from assistants_app.rendering.threads.replies import replies_of
from assistants_app.wire.threads.messages import attached_ids

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1  # at most ten frames per second, however fast a model writes
# A run begins with several events shortly after each other. In one frame they take one look at
# the database, and the reply's first words needn't wait for the next frame.
GATHER_SECONDS = 0.03
RETRY_SECONDS = 5.0  # after an error
FAULT_SECONDS = 1.0  # after one of the database or Redis, which are back soon
# Without events; then check that the feed hasn't missed any. The watch of all feeds does this.
QUIET_SECONDS = 5.0
FOLLOW_SECONDS = 3600.0  # how long `follow` may wait, as the watch notices what it misses
# A slow viewer gets the whole thread when its socket has room again, but not more often. One
# rendering, of 20-50 ms, serves all of them.
SLOW_SECONDS = 1.0
# Sockets that get a frame before other work has its turn: 50 take about 1 ms.
SENDS_PER_TURN = 50
REPLY_EVENTS = frozenset(
    {
        event_names.MESSAGE_CREATED,
        event_names.MESSAGE_COMPLETED,
        event_names.MESSAGE_INCOMPLETE,
        event_names.MESSAGE_MODIFIED,
    }
)
# After these a message may have comments: not while a run writes it.
TALK_EVENTS = frozenset({event_names.MESSAGE_MODIFIED, event_names.TALK_CHANGED})
EARLY_ENDS = event_names.RUN_TERMINAL - {event_names.RUN_COMPLETED}

GONE: list[Operation] = [{"op": "gone"}]


class ThreadFeed:
    """Reads a thread's log, and sends frames to the thread's viewers."""

    def __init__(self, project_id: str, thread_id: str) -> None:
        self.project_id = project_id
        self.thread_id = thread_id
        self.seq = BEGINNING
        self.viewers: set[Viewer] = set()
        self.live = self._new_live()
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._caught_up = asyncio.Event()
        self._stale = False  # whether viewers may see something else than the database has
        self._taking = asyncio.Lock()  # held while a batch is taken, or everything is redrawn
        self._flush_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._flushing = asyncio.Lock()
        self._activity = ""  # as of the last frame
        self._panels = Panels(self._read_panels)
        # Viewers that wait for their first frame, each with the state that its page shows.
        self._arrived: dict[Viewer, str | None] = {}
        self._greeting: asyncio.Task[None] | None = None
        self._meanwhile: list[bytes] | None = None  # frames since the state of that first frame
        self._drained: set[Viewer] = set()  # slow viewers whose sockets have room again
        self._slow_timer: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._read_forever())

    def join(self, viewer: Viewer, after: str | None) -> None:
        """Add a viewer, and bring its page up to date soon.

        `after`: the state that the page shows. None sends the whole state, to a viewer that may
        have joined already.
        """
        viewer.is_ready = False
        self.viewers.add(viewer)
        self._arrived[viewer] = after
        if self._greeting is None:
            self._greeting = asyncio.create_task(self._greet())

    def leave(self, viewer: Viewer) -> None:
        """Remove a viewer."""
        self.viewers.discard(viewer)
        self._arrived.pop(viewer, None)
        self._drained.discard(viewer)

    def close(self) -> None:
        """Stop reading."""
        for waiting in (self._task, self._greeting, self._timer, self._slow_timer):
            if waiting:
                waiting.cancel()
        self._panels.close()

    @property
    def key(self) -> str:
        """Return what the feed is called among those of this process."""
        return self.thread_id

    @property
    def is_quiet(self) -> bool:
        """Whether it has had no event for a while."""
        return self._loop.time() - self._heard_at >= QUIET_SECONDS

    async def compare(self, *, exists: bool, active: str | None) -> None:
        """Redraw everything if the database has a newer state, which no event has reported.

        `exists`: whether the thread does. `active`: the status of its active run, if it has one.
        """
        shown = self.live.run["status"] if self.live.run else None
        is_behind = not exists or (shown in run_status.ACTIVE and shown != active)
        # If it hasn't caught up by now, the log was lost before the position that it waits for.
        self._stale = self._stale or is_behind or not self._caught_up.is_set()
        if self._stale:
            async with self._taking:
                if self._stale:
                    await self._resync()

    async def _read_forever(self) -> None:
        target = await in_thread(_newest_seq, self.thread_id)
        if target == BEGINNING:
            self._caught_up.set()
        while True:
            try:
                if self._stale:
                    async with self._taking:
                        await self._resync()
                async for batch in follow(self.thread_id, after=self.seq, idle=FOLLOW_SECONDS):
                    async with self._taking:
                        await self._take_batch(batch, target)
            except LogLost:
                # Rows being written have lost their middle. Start again from the log's beginning.
                self.live = self._new_live()
                self.seq = BEGINNING
                self._stale = True
            except Exception as error:  # noqa: BLE001 - the consumer boundary: the feed goes on
                self._stale = True
                await asyncio.sleep(self._pause_after(error))

    async def _take_batch(self, batch: list[Event], target: str) -> None:
        self._heard_at = self._loop.time()
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
        if self._timer is None:
            least = GATHER_SECONDS if self.live.panels else 0.0
            delay = max(least, self._flush_at + FLUSH_SECONDS - self._loop.time())
            self._timer = self._loop.call_later(
                delay, lambda: self._loop.create_task(self._flush())
            )
            self._panels.prepare(delay, lambda: self.live.panels)

    async def _flush(self) -> None:
        self._timer = None
        self._flush_at = self._loop.time()
        async with self._flushing:
            await self._send_changes(self.seq, self.live.take_changes())

    async def _send_changes(self, seq: str, changes: Changes) -> None:
        try:
            operations = [*changes.operations, *await self._panels.operations(changes.panels)]
            if changes.activity != self._activity or changes.panels.outcome:
                operations += activity_operations(changes.activity)
            self._activity = changes.activity
            operations += changes.tokens
        except Exception as error:  # noqa: BLE001 - the changes were taken: no later frame has them
            self._stale = True
            self._redraw_in(self._pause_after(error))
            return
        if operations and self.viewers:
            await self._send_to_all(self._frame(seq, operations, changes.announcement))

    async def _learn_missing_facts(self, event: Event) -> None:
        """Read facts that the event doesn't contain: names, the tokens and times of replies, and
        what people say about messages.
        """
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
        if event.name in TALK_EVENTS and self._caught_up.is_set():
            message_id = content["id"]
            talk = await in_thread(talk_html, self.project_id, self.thread_id, message_id)
            self.live.learn(talk={message_id: talk})
        if event.name in EARLY_ENDS and self._caught_up.is_set():
            await self._learn_end(content["id"])

    async def _learn_end(self, run_id: str) -> None:
        if (found := await in_thread(run_with_steps, run_id)) is not None:
            run, steps = found
            self.live.learn(ends={run_id: await in_thread(render_end_line, run, steps)})

    async def _send_to_all(self, frame: bytes) -> None:
        if self._meanwhile is not None:
            self._meanwhile.append(frame)
        await self._send([viewer for viewer in self.viewers if viewer.is_ready], [frame])

    async def _send(self, viewers: Iterable[Viewer], frames: list[bytes]) -> None:
        for number, viewer in enumerate(viewers, 1):
            if viewer in self.viewers:  # it may have left during this loop
                for frame in frames:
                    self._send_one(viewer, frame)
            if number % SENDS_PER_TURN == 0:
                await asyncio.sleep(0)

    def _send_one(self, viewer: Viewer, frame: bytes) -> None:
        if not viewer.is_ready:
            return
        # Frames that wait for a slow client would fill the memory, so it misses this one.
        viewer.is_ready = not viewer.is_full
        if viewer.is_ready:
            viewer.send(frame)
        else:
            viewer.when_drained(lambda: self._let_return(viewer))

    def _let_return(self, viewer: Viewer) -> None:
        if viewer.is_ready or viewer not in self.viewers:
            return
        self._drained.add(viewer)
        if self._slow_timer is None:
            self._slow_timer = self._loop.call_later(SLOW_SECONDS, self._take_back)

    def _take_back(self) -> None:
        self._slow_timer = None
        drained, self._drained = self._drained, set()
        for viewer in drained:
            self.join(viewer, None)

    async def _greet(self) -> None:
        """Bring the pages of all viewers that have arrived up to date, one group after another."""
        await self._caught_up.wait()
        while self._arrived:
            try:
                await self._bring_up_to_date()
            except Exception as error:  # noqa: BLE001 - the consumer boundary: the viewers wait
                await asyncio.sleep(self._pause_after(error))
            finally:
                self._meanwhile = None
        self._greeting = None

    async def _bring_up_to_date(self) -> None:
        async with self._flushing:
            # The first frame includes the pending changes, which the others get now.
            changes, seq = self.live.take_changes(), self.seq
            unfinished = self.live.unfinished()
            await self._send_changes(seq, changes)
            group = dict(self._arrived)
            self._meanwhile = []
        frames = await self._first_frames(seq, unfinished, set(group.values()))
        # No frame may go out before these viewers have all those of the meantime, because a page
        # skips frames that are older than the last one.
        async with self._flushing:
            for after, frame in frames.items():
                mine = [viewer for viewer, shown in group.items() if shown == after]
                await self._begin(mine, after, [frame, *self._meanwhile])

    async def _begin(self, viewers: list[Viewer], after: str | None, frames: list[bytes]) -> None:
        # Others have left, or asked for the whole state.
        waiting = [viewer for viewer in viewers if self._arrived.get(viewer, "") == after]
        for viewer in waiting:
            del self._arrived[viewer]
            viewer.is_ready = True
        await self._send(waiting, frames)

    async def _first_frames(
        self, seq: str, unfinished: Unfinished, shown: set[str | None]
    ) -> dict[str | None, bytes]:
        """Return the first frame for each state that pages show."""
        frames: dict[str | None, bytes] = {}
        if seq in shown:
            # These pages need only what the database doesn't have yet.
            operations = unfinished.operations() + activity_operations(unfinished.activity)
            frames[seq] = self._frame(seq, operations, whole=True)
        if others := shown - {seq}:
            operations = await self._whole_state(unfinished)
            frame = self._frame(seq, operations, whole=True)
            frames |= {after: frame for after in others}
        return frames

    async def _whole_state(self, unfinished: Unfinished) -> list[Operation]:
        snapshot = await self._read_snapshot()
        if snapshot is None:
            return GONE
        self.live.start_from(snapshot)
        return await in_thread(self._catch_up, snapshot, unfinished)

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
                operations = await in_thread(self._catch_up, snapshot, unfinished)
            self._stale = False
            self._caught_up.set()
            await self._send_to_all(self._frame(seq, operations, changes.announcement, whole=True))

    # What the feed of another page does in another way.
    def _new_live(self) -> LiveThread:
        return LiveThread(self.project_id)

    async def _read_panels(self, changed: PanelChanges) -> list[Operation]:
        return await in_thread(lambda: panel_operations(thread_runs(self.thread_id), changed))

    def _catch_up(self, snapshot: ThreadSnapshot, unfinished: Unfinished) -> list[Operation]:
        return catch_up(snapshot, unfinished)

    def _frame(
        self, seq: str, operations: list[Operation], announcement: str = "", *, whole: bool = False
    ) -> bytes:
        return frame_of(seq, operations, announcement, whole=whole)

    def _pause_after(self, error: Exception) -> float:
        """Log an error. Return the seconds until the next attempt."""
        logger.error("Internal error in the feed of %s.", self.thread_id, exc_info=error)
        return FAULT_SECONDS if fault_of(error) else RETRY_SECONDS

    def _redraw_in(self, seconds: float) -> None:
        self._loop.call_later(seconds, lambda: self._loop.create_task(self._redraw()))

    async def _redraw(self) -> None:
        async with self._taking:
            try:
                if self._stale and self.viewers:
                    await self._resync()
            except Exception as error:  # noqa: BLE001 - the consumer boundary: the feed goes on
                self._redraw_in(self._pause_after(error))

    async def _read_snapshot(self) -> ThreadSnapshot | None:
        """Return the thread's current state, or None if it was deleted."""
        try:
            return await in_thread(thread_snapshot, self.thread_id)
        except Thread.DoesNotExist:
            return None


def _newest_seq(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING
