"""The open pages of each project in this process: what changes around them, and who is there."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from secrets import token_hex

from assistants_app.events import projects
from assistants_app.events.connections import ReplyError
from assistants_app.events.whereabouts import (
    KEEP_SECONDS,
    Note,
    Whereabouts,
    forget,
    note,
    publish_moves,
    whereabouts,
)
from assistants_app.realtime.company import NOBODY, Shown, Surroundings, message_about
from assistants_app.realtime.frames import message_of
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import Viewer

logger = logging.getLogger(__name__)

# Between two signs of life of a browser. One that has crashed is gone from the pages of others
# after at most KEEP_SECONDS and this.
TICK_SECONDS = 3.0
GATHER_SECONDS = 0.05  # so that people who arrive together cause one look
WRITING_SECONDS = 10.0  # after the last key that somebody pressed in an output
TOPICS_SECONDS = 2.0  # between two messages that let all pages load something again


class Guest:
    """An open page."""

    __slots__ = ("noted_at", "page_id", "shown", "viewer", "whereabouts", "writes_until")

    def __init__(self, viewer: Viewer, where: Whereabouts) -> None:
        self.viewer, self.whereabouts = viewer, where
        self.page_id = token_hex(8)
        self.noted_at = 0.0  # the sign of life with which it was last noted
        self.writes_until = 0.0
        # Unknown at first: a page that connects again shows who was there when it lost its line.
        self.shown: Shown | None = None


class Room:
    """The open pages of a project.

    Where they are is only noted if the project has more than one member (`is_team`).
    """

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self.is_team = False
        self.guests: dict[Viewer, Guest] = {}
        self._loop = asyncio.get_running_loop()
        self._moved: set[Guest] = set()
        self._left: set[str] = set()
        self._must_look = False
        self._work: asyncio.Task[None] | None = None
        self._topics: set[str] = set()
        self._topics_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, viewer: Viewer, where: Whereabouts, *, is_team: bool) -> None:
        """Add a page."""
        guest = self.guests[viewer] = Guest(viewer, where)
        if is_team and not self.is_team:
            self._become_team()
        elif self.is_team:
            self._move(guest)
            self._look()
        else:
            guest.shown = Shown()
            viewer.send(NOBODY)

    def leave(self, viewer: Viewer) -> None:
        """Remove a page that was closed."""
        guest = self.guests.pop(viewer, None)
        if guest and guest.noted_at:
            self._left.add(guest.page_id)
            self._wake()
        if not self.guests and self._timer:
            self._timer.cancel()

    def write(self, viewer: Viewer, call_id: str) -> None:
        """Note that somebody writes an output for this tool call."""
        guest = self.guests.get(viewer)
        if guest is None or not self.is_team:
            return
        guest.writes_until = time.monotonic() + WRITING_SECONDS
        if guest.whereabouts.writing_for != call_id:
            guest.whereabouts = replace(guest.whereabouts, writing_for=call_id)
            self._move(guest)

    def take(self, topics: Collection[str]) -> None:
        """Take what has changed in the project."""
        if projects.PEOPLE in topics:
            if not self.is_team:
                self._become_team()  # somebody else is there, so it has become one
            self._look()
        if others := set(topics) - {projects.PEOPLE}:
            self._topics |= others
            if self._timer is None:
                delay = self._topics_at + TOPICS_SECONDS - self._loop.time()
                self._timer = self._loop.call_later(max(delay, 0.0), self._send_topics)

    def tick(self) -> None:
        """Note those whose browsers have answered, and ask them again."""
        if not self.is_team:
            return
        now = time.monotonic()
        for guest in self.guests.values():
            if guest.whereabouts.writing_for and guest.writes_until < now:
                guest.whereabouts = replace(guest.whereabouts, writing_for="")
                self._move(guest)
            guest.viewer.ping()
        self._look()

    def _become_team(self) -> None:
        self.is_team = True
        for guest in self.guests.values():
            self._move(guest)
        self._look()

    def _move(self, guest: Guest) -> None:
        self._moved.add(guest)
        self._wake()

    def _look(self) -> None:
        self._must_look = True
        self._wake()

    def _wake(self) -> None:
        if self._work is None or self._work.done():
            self._work = self._loop.create_task(self._do_work())

    def _send_topics(self) -> None:
        self._timer, self._topics_at = None, self._loop.time()
        topics, self._topics = self._topics, set()
        self._send(self.guests.values(), message_of({"topics": sorted(topics)}))

    def _send(self, guests: Iterable[Guest], message: bytes) -> None:
        for guest in list(guests):
            guest.viewer.send(message)

    async def _do_work(self) -> None:
        while self._moved or self._left or self._must_look:
            await asyncio.sleep(GATHER_SECONDS)
            moved, self._moved = self._moved, set()
            left, self._left = self._left, set()
            looks, self._must_look = self._must_look, False
            try:
                await note(self.project_id, self._notes(moved))
                await forget(self.project_id, left)
                if moved or left:
                    await publish_moves(self.project_id)
                people = await whereabouts(self.project_id) if looks else None
            except (OSError, ReplyError) as error:
                logger.info("Can't note where people are at the moment: %s", error)
                self._moved |= moved  # until the next tick
                self._left |= left
                return
            if people is not None:
                await self._show(people)

    def _notes(self, moved: Collection[Guest]) -> list[Note]:
        now = time.monotonic()
        notes = []
        for guest in self.guests.values():
            heard_at = guest.viewer.heard_at
            seconds = KEEP_SECONDS - (now - heard_at)
            if seconds > 0 and (guest in moved or heard_at > guest.noted_at):
                guest.noted_at = heard_at
                notes.append(Note(guest.page_id, guest.whereabouts, seconds))
        return notes

    async def _show(self, people: list[Whereabouts]) -> None:
        surroundings = Surroundings(people)
        news: dict[Shown, list[Guest]] = {}
        for guest in self.guests.values():
            shown = surroundings.seen_from(guest.whereabouts)
            if shown != guest.shown:
                guest.shown = shown
                news.setdefault(shown, []).append(guest)
        for shown, guests in news.items():
            self._send(guests, await in_thread(message_about, shown))


class Rooms:
    """The rooms of this process, which exist while they have guests."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._listener = projects.Listener(self._take)

    def enter(self, project_id: str, viewer: Viewer, where: Whereabouts, *, is_team: bool) -> Room:
        """Add a page to the room of its project."""
        self._listener.listen()
        room = self._rooms.get(project_id)
        if room is None:
            room = self._rooms[project_id] = Room(project_id)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.create_task(self._tick_while_open())
        room.enter(viewer, where, is_team=is_team)
        return room

    def leave(self, room: Room, viewer: Viewer) -> None:
        """Remove a page."""
        room.leave(viewer)
        if not room.guests and self._rooms.get(room.project_id) is room:
            del self._rooms[room.project_id]

    def _take(self, changes: projects.Changes | None) -> None:
        if changes is None:
            for room in self._rooms.values():
                room.tick()
            return
        for project_id, topics in changes.items():
            if found := self._rooms.get(project_id):
                found.take(topics)

    async def _tick_while_open(self) -> None:
        while self._rooms:
            await asyncio.sleep(TICK_SECONDS)
            for room in list(self._rooms.values()):
                room.tick()


rooms = Rooms()
