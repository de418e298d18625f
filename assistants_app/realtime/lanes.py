"""The feeds of the columns of a comparison, which show a thread without names."""

from typing import Any

from assistants_app.events.log import Event
from assistants_app.models import Project
from assistants_app.models.snapshots import ThreadSnapshot
from assistants_app.queries.threads.spans import names_by_id
from assistants_app.realtime.feed import ThreadFeed
from assistants_app.realtime.frames import message_of
from assistants_app.realtime.hops import in_thread
from assistants_app.rendering.compare.lanes import STATE, look_of, operations_for
from assistants_app.rendering.threads.changes import PanelChanges, Unfinished
from assistants_app.rendering.threads.growing import Operation
from assistants_app.rendering.threads.live import LiveThread, lane_state
from assistants_app.wire.threads.messages import attached_ids


class LaneFeed(ThreadFeed):
    """The feed of a column's thread.

    Its frames are the same for all viewers, so they have no names, and nothing from which a name
    follows. What one person may see and another not is in a part of the page that each page loads
    itself. A frame with `STATE` asks it to.
    """

    def __init__(self, project_id: str, thread_id: str, lane: str, *, blind: bool) -> None:
        self._lane = lane
        self._look = look_of(blind=blind)
        super().__init__(project_id, thread_id)

    @property
    def key(self) -> str:
        return key_of_lane(self.thread_id)

    def _new_live(self) -> LiveThread:
        return LiveThread(self.project_id, look=self._look)

    def _catch_up(self, snapshot: ThreadSnapshot, unfinished: Unfinished) -> list[Operation]:
        return [*lane_state(snapshot, unfinished, self._look), STATE]

    async def _read_panels(self, changed: PanelChanges) -> list[Operation]:
        return [STATE] if changed.outcome else []

    async def _learn_missing_facts(self, event: Event) -> None:
        if files := self.live.unnamed(attached_ids(event.content)):
            project = Project(pk=self.project_id)
            self.live.learn(names=await in_thread(names_by_id, project, [], files))

    def _frame(
        self, seq: str, operations: list[Operation], announcement: str = "", *, whole: bool = False
    ) -> bytes:
        # Without the announcement, which names the assistant.
        frame: dict[str, Any] = {
            "lane": self._lane,
            "seq": seq,
            "ops": operations_for(self._lane, operations),
            "whole": whole,
        }
        return message_of(frame)


def key_of_lane(thread_id: str) -> str:
    """Return what the feed of a lane with this thread is called."""
    # The thread's own page has another feed.
    return f"lane:{thread_id}"
