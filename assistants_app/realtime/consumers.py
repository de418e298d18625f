"""The websocket of an open thread, as an ASGI application."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import parse_cookie

from assistants_app.domain.errors import Forbidden, NotFound
from assistants_app.events.log import BEGINNING, is_seq
from assistants_app.faults import fault_of
from assistants_app.queries.project.access import Visit, get_membership, session_user
from assistants_app.queries.threads.threads import get_thread
from assistants_app.realtime.feed import feed_of, leave_feed
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.replay import ReplayFeed
from assistants_app.realtime.viewers import SOCKET, Socket, Viewer
from assistants_app.realtime.watch import SIGNED_OUT, watch
from assistants_app.services.acting import actor_of_member

NO_THREAD = 4404  # a close code that the page knows, like the HTTP status 404
TRY_LATER = 1013  # the protocol's own code, after which the page connects again
AGAIN = "again"
VERB = "read"  # which somebody needs the right to
_PATH = re.compile(r"/ws/p/(?P<project>[^/]+)/thread/(?P<thread>[^/]+)/(?P<replay>replay/)?")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def page_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Send frames with operations on the page (``rendering.threads.live``) of a thread.

    `/ws/p/<project>/thread/<thread>/?after=<position>` sends what has changed since this position
    in the thread's log, and then each change. With `replay/` at the end of the path, a recorded
    example is played before.
    """
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    await receive()
    if (match := _PATH.fullmatch(path)) is None:
        await send({"type": "websocket.close"})
        return
    # A refused handshake has no close code, so accept the connection before closing it.
    await send({"type": "websocket.accept"})
    changes = watch.hear_changes()
    session_key = _session_key_in(scope["headers"])
    try:
        visit = await in_thread(_visit_of, session_key, match["project"], match["thread"])
    except DatabaseFailure as error:
        if fault_of(error) is None:
            raise
        visit = TRY_LATER
    if not isinstance(visit, Visit):
        await send({"type": "websocket.close", "code": visit})
        return
    # A page that connects again has seen some of a replay already, and gets all of the rest.
    after = _position_in(scope["query_string"].decode())
    plays = bool(match["replay"]) and after == BEGINNING
    page = _Page(scope[SOCKET], match["project"], match["thread"], plays=plays)
    try:
        watch.add(page.viewer, visit, since=changes)
        page.feed.join(page.viewer, after)
        # The page acts over HTTP. It only asks for the whole state here.
        while (message := await receive())["type"] != "websocket.disconnect":
            if message.get("text") == AGAIN:
                page.feed.join(page.viewer, None)
    finally:
        watch.remove(page.viewer)
        leave_feed(page.feed, page.viewer)


class _Page:
    # A viewer, and the feed that it is in.
    __slots__ = ("feed", "viewer")

    def __init__(self, socket: Socket, project_id: str, thread_id: str, *, plays: bool) -> None:
        self.viewer = Viewer(socket)
        self.feed = (
            ReplayFeed(project_id, thread_id, self._end_replay)
            if plays
            else feed_of(project_id, thread_id)
        )

    async def _end_replay(self) -> None:
        over = self.feed
        if self.viewer in over.viewers:
            over.viewers.discard(self.viewer)
            self.feed = feed_of(over.project_id, over.thread_id)
            self.feed.join(self.viewer, None)


def _visit_of(session_key: str, project_id: str, thread_id: str) -> Visit | int:
    """Return the visit, or the close code for a user who may not see the thread."""
    user = session_user(session_key)
    if user is None:
        return SIGNED_OUT
    try:
        membership = get_membership(user, project_id)
        actor_of_member(membership).require(VERB)
        get_thread(membership.project, thread_id)
    except (Forbidden, NotFound):
        return NO_THREAD
    return Visit(session_key, user.pk, user.get_session_auth_hash(), project_id)


def _session_key_in(headers: list[tuple[bytes, bytes]]) -> str:
    cookies = (value.decode("latin1") for name, value in headers if name == b"cookie")
    return parse_cookie(next(cookies, "")).get(settings.SESSION_COOKIE_NAME, "")


def _position_in(query: str) -> str:
    _, _, seq = query.partition("after=")
    return seq if is_seq(seq) else BEGINNING
