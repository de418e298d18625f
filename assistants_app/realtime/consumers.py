"""The websocket of an open page, as an ASGI application."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import parse_cookie

from assistants_app.domain.errors import Forbidden, NotFound
from assistants_app.domain.rights import can
from assistants_app.events.log import BEGINNING, is_seq
from assistants_app.events.whereabouts import Whereabouts
from assistants_app.faults import fault_of
from assistants_app.queries.compare.comparisons import threads_of_lanes
from assistants_app.queries.project.access import Visit, get_membership, is_team, session_user
from assistants_app.queries.sealing import reading_as
from assistants_app.queries.threads.threads import get_thread
from assistants_app.realtime.feed import ThreadFeed
from assistants_app.realtime.feeds import feed_of, lane_feed, leave_feed
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.replay import ReplayFeed
from assistants_app.realtime.rooms import Room, rooms
from assistants_app.realtime.viewers import SOCKET, SharedSocket, Socket, Viewer
from assistants_app.realtime.watch import SIGNED_OUT, role_message, watch
from assistants_app.services.acting import actor_of_member

NO_THREAD = 4404  # a close code that the page knows, like the HTTP status 404
TRY_LATER = 1013  # the protocol's own code, after which the page connects again
AGAIN = "again"
WRITING = "writing "  # before the tool call for which somebody writes an output
# Who changes something here must have the right to it, so that a viewer is never shown as writing.
WRITES = "submit_tool_outputs"
# Only characters of IDs: the database refuses some others, such as NUL and lone surrogates.
_PART = r"[A-Za-z0-9_-]{1,100}"
THREAD = re.compile(rf"/ws/p/(?P<project>{_PART})/thread/(?P<thread>{_PART})/(?P<replay>replay/)?")
PROJECT = re.compile(rf"/ws/p/(?P<project>{_PART})/project/")
COMPARE = re.compile(rf"/ws/p/(?P<project>{_PART})/compare/(?P<comparison>{_PART})/")
# The paths of all websockets, with the verb (domain/rights.py) that each needs the right to.
SOCKETS = {THREAD: "read", PROJECT: "read", COMPARE: "read"}
_ID = re.compile(_PART)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks for. `role` is the one that it shows, or "" if it doesn't say. `shown` has
    the positions that the columns of a comparison show.
    """

    verb: str
    project_id: str
    thread_id: str
    comparison_id: str
    replays: bool
    after: str
    shown: dict[str, str]
    assistant_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A person who opens a page. `is_team`: whether the project has other members. `lanes`: the
    threads of a comparison, by lane, and whether it is `blind`.
    """

    visit: Visit
    role: str
    name: str
    is_team: bool
    lanes: dict[str, str]
    blind: bool


async def page_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Send frames with operations on the page (``rendering.threads.live``), and the project's news.

    `/ws/p/<project>/thread/<thread>/?after=<position>` sends what has changed since this position
    in the thread's log, and then each change. With `replay/` at the end of the path, a recorded
    example is played before. `/ws/p/<project>/compare/<comparison>/` does this for the threads of
    all its columns, each `after=<lane>:<position>`. `/ws/p/<project>/project/` only sends the news:
    what to load again, who else is there, and another role of the person. The query names the
    assistant `a` on the page, and the `role` that it shows.
    """
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    await receive()
    if (asked := _asked(path, scope["query_string"])) is None:
        await send({"type": "websocket.close"})
        return
    # A refused handshake has no close code, so accept the connection before closing it.
    await send({"type": "websocket.accept"})
    changes = watch.hear_changes()
    session_key = _session_key_in(scope["headers"])
    try:
        entry = await in_thread(_entry_of, session_key, asked)
    except DatabaseFailure as error:
        if fault_of(error) is None:
            raise
        entry = TRY_LATER
    if not isinstance(entry, Entry):
        await send({"type": "websocket.close", "code": entry})
        return
    page = _Page(scope[SOCKET], entry, asked)
    try:
        watch.add(page.viewer, entry.visit, since=changes, role=entry.role)
        if asked.role not in ("", entry.role):
            page.viewer.send(role_message(entry.role))
        page.open()
        # The page acts over HTTP. Here it only asks for the whole state, and says who writes what.
        while (message := await receive())["type"] != "websocket.disconnect":
            page.take(message.get("text") or "")
    finally:
        watch.remove(page.viewer)
        page.close()


class _Page:
    # A viewer, the feed that it is in, if its page has a thread, and the room of its project.
    def __init__(self, socket: Socket, entry: Entry, asked: Asked) -> None:
        self._socket = socket
        self.viewer = Viewer(socket)
        self._entry, self._asked = entry, asked
        self._feed: ThreadFeed | None = None
        self._lanes: list[tuple[ThreadFeed, Viewer]] = []
        self._room: Room | None = None

    def open(self) -> None:
        entry, asked = self._entry, self._asked
        if asked.thread_id:
            # A page that connects again has seen some of a replay, and gets all of the rest.
            self._feed = (
                ReplayFeed(asked.project_id, asked.thread_id, self._end_replay)
                if asked.replays and asked.after == BEGINNING
                else feed_of(asked.project_id, asked.thread_id)
            )
            self._feed.join(self.viewer, asked.after)
        shared = SharedSocket(self._socket)
        for lane, thread_id in entry.lanes.items():
            # A viewer for each, because each is up to date at its own moment.
            feed = lane_feed(asked.project_id, thread_id, lane, blind=entry.blind)
            viewer = Viewer(shared)
            self._lanes.append((feed, viewer))
            feed.join(viewer, asked.shown.get(lane, BEGINNING))
        where = Whereabouts(entry.visit.user_id, entry.name, asked.thread_id, asked.assistant_id)
        self._room = rooms.enter(asked.project_id, self.viewer, where, is_team=entry.is_team)

    def take(self, text: str) -> None:
        if text == AGAIN and self._feed:
            self._feed.join(self.viewer, None)
        elif text.startswith(WRITING) and self._room and can(self._entry.role, WRITES):
            call_id = text.removeprefix(WRITING)
            if _ID.fullmatch(call_id):
                self._room.write(self.viewer, call_id)

    def close(self) -> None:
        if self._feed:
            leave_feed(self._feed, self.viewer)
        for feed, viewer in self._lanes:
            leave_feed(feed, viewer)
        if self._room:
            rooms.leave(self._room, self.viewer)

    async def _end_replay(self) -> None:
        over = self._feed
        if over and self.viewer in over.viewers:
            over.viewers.discard(self.viewer)
            self._feed = feed_of(over.project_id, over.thread_id)
            self._feed.join(self.viewer, None)


def _asked(path: str, query: bytes) -> Asked | None:
    for pattern, verb in SOCKETS.items():
        if match := pattern.fullmatch(path):
            named = match.groupdict()
            pairs = parse_qsl(query.decode("latin-1"))
            given = dict(pairs)
            after, assistant_id = given.get("after", ""), given.get("a", "")
            return Asked(
                verb,
                named["project"],
                named.get("thread", ""),
                named.get("comparison", ""),
                replays=bool(named.get("replay")),
                after=after if is_seq(after) else BEGINNING,
                shown=_positions(value for name, value in pairs if name == "after"),
                assistant_id=assistant_id if _ID.fullmatch(assistant_id) else "",
                role=given.get("role", ""),
            )
    return None


def _positions(values: Iterable[str]) -> dict[str, str]:
    pairs = (value.partition(":") for value in values)
    return {lane: position for lane, _colon, position in pairs if is_seq(position)}


def _entry_of(session_key: str, asked: Asked) -> Entry | int:
    """Return the entry, or the close code for a user who may not see the page."""
    user = session_user(session_key)
    if user is None:
        return SIGNED_OUT
    try:
        membership = get_membership(user, asked.project_id)
        actor_of_member(membership).require(asked.verb)
        with reading_as(user.pk):
            if asked.thread_id:
                get_thread(membership.project, asked.thread_id)
        lanes, blind = dict[str, str](), False
        if asked.comparison_id:
            lanes, blind = threads_of_lanes(membership.project, asked.comparison_id)
    except (Forbidden, NotFound):
        return NO_THREAD
    visit = Visit(session_key, user.pk, user.get_session_auth_hash(), asked.project_id)
    name = user.get_full_name() or user.get_username()
    return Entry(visit, membership.role, name, is_team(membership.project), lanes, blind)


def _session_key_in(headers: list[tuple[bytes, bytes]]) -> str:
    cookies = (value.decode("latin1") for name, value in headers if name == b"cookie")
    return parse_cookie(next(cookies, "")).get(settings.SESSION_COOKIE_NAME, "")
