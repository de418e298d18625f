"""The websocket of an open thread."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from assistants_app.domain.errors import NotFound
from assistants_app.events.log import BEGINNING, is_seq
from assistants_app.queries.project.access import get_project
from assistants_app.queries.threads.threads import get_thread
from assistants_app.realtime.feed import ThreadFeed, Viewer, feed_of, in_thread, leave_feed
from assistants_app.realtime.replay import ReplayFeed

# Close codes that the page knows, like the HTTP statuses 401 and 404.
SIGNED_OUT, NO_THREAD = 4401, 4404
AGAIN = "again"


class ThreadConsumer(AsyncWebsocketConsumer):
    """Sends frames with operations on the page (``rendering.threads.live``)."""

    feed: ThreadFeed | None = None
    viewer: Viewer | None = None

    async def connect(self) -> None:
        user = self.scope["user"]
        # A refused handshake has no close code, so accept the connection before closing it.
        await self.accept()
        if not user.is_authenticated:
            await self.close(code=SIGNED_OUT)
            return
        route = self.scope["url_route"]["kwargs"]
        try:
            await in_thread(_check_access, user, route["project_id"], route["thread_id"])
        except NotFound:
            await self.close(code=NO_THREAD)
            return
        self.viewer = Viewer(self._send)
        after = _position_in(self.scope["query_string"].decode())
        self.feed = self._feed_for(route["project_id"], route["thread_id"], after)
        try:
            await self.feed.join(self.viewer, after)
        except BaseException:
            # Channels reports no disconnect after an error here, so the feed would never end.
            leave_feed(self.feed, self.viewer)
            raise

    def _feed_for(self, project_id: str, thread_id: str, after: str) -> ThreadFeed:
        return feed_of(project_id, thread_id)

    async def disconnect(self, code: int) -> None:
        if self.feed is not None and self.viewer is not None:
            leave_feed(self.feed, self.viewer)

    async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        """Send the whole state if the page asks for it. The page acts over HTTP."""
        if text_data == AGAIN and self.feed is not None and self.viewer is not None:
            await self.feed.join(self.viewer, None)

    async def _send(self, frame: str) -> None:
        await self.send(text_data=frame)


class ReplayConsumer(ThreadConsumer):
    """Plays a recorded example, then sends frames like the other."""

    def _feed_for(self, project_id: str, thread_id: str, after: str) -> ThreadFeed:
        # A page that connects again has seen some of it already, and gets all of the rest.
        if after != BEGINNING:
            return super()._feed_for(project_id, thread_id, after)
        return ReplayFeed(project_id, thread_id, self._end_replay)

    async def _end_replay(self) -> None:
        over, viewer = self.feed, self.viewer
        if isinstance(over, ReplayFeed) and viewer is not None and viewer in over.viewers:
            over.viewers.discard(viewer)
            self.feed = feed_of(over.project_id, over.thread_id)
            await self.feed.join(viewer, None)


def _check_access(user: Any, project_id: str, thread_id: str) -> None:
    get_thread(get_project(user, project_id), thread_id)


def _position_in(query: str) -> str:
    _, _, seq = query.partition("after=")
    return seq if is_seq(seq) else BEGINNING
