"""Viewers of a thread, with the pages that a browser makes of their frames."""

import asyncio
import re
from collections.abc import Callable
from difflib import unified_diff
from html import escape
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest

from assistants_app.domain.rights import OWNER
from assistants_app.events import log
from assistants_app.events.log import BEGINNING, position
from assistants_app.queries.project.access import Visit
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.realtime.feed import ThreadFeed
from assistants_app.realtime.feeds import feed_of, leave_feed
from assistants_app.realtime.frames import contents_of
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import Viewer
from assistants_app.realtime.watch import watch
from assistants_app.rendering.threads.live import whole_state

PATIENCE = 20.0  # seconds; a feed needs a fraction of a second
PLACES = ("items", "outcome", "waiting", "run-log", "thread-status", "run-controls")


class Place(NamedTuple):
    """Finds where an element and its contents begin and end in HTML."""

    begin: int
    inner_begin: int
    inner_end: int
    end: int


class _Finder(HTMLParser):
    def __init__(self, html: str, element_id: str) -> None:
        super().__init__(convert_charrefs=False)
        self._html, self._id = html, element_id
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self._tag, self._depth, self._begin, self._inner = "", 0, 0, 0
        self.place: Place | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._tag and self.place is None and ("id", self._id) in attrs:
            self._tag, self._begin = tag, self._offset()
            self._inner = self._begin + len(self.get_starttag_text() or "")
        self._depth += tag == self._tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass  # elements such as <use/> have no contents

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == self._tag
        if self._tag and not self._depth:
            inner_end = self._offset()
            end = self._html.index(">", inner_end) + 1
            self.place, self._tag = Place(self._begin, self._inner, inner_end, end), ""

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


class Page:
    """A thread's page, changed as ``static/js/threads/frames.js`` changes it."""

    def __init__(self) -> None:
        self.html = "".join(f'<div id="{place}"></div>' for place in PLACES)
        self.seq = BEGINNING
        self.gone = False

    def take(self, frame: dict[str, Any]) -> None:
        if not frame["whole"] and position(frame["seq"]) <= position(self.seq):
            return
        self.seq = frame["seq"]
        for operation in frame["ops"]:
            self._apply(operation)

    @property
    def text(self) -> str:
        """Return the HTML with unescaped quotes, because appended text doesn't escape them."""
        return self.html.replace("&quot;", '"').replace("&#x27;", "'").replace("&#39;", "'")

    def difference(self, other: "Page") -> str:
        """Return the differences that a person would see."""
        mine, others = (re.sub(r"\s+", "", page.text).split("<") for page in (self, other))
        return "\n".join(unified_diff(mine, others, lineterm="", n=1))

    def _apply(self, operation: dict[str, Any]) -> None:
        if operation["op"] == "gone":
            self.gone = True
            return
        place = _Finder(self.html, operation["id"]).place
        match operation["op"]:
            case "upsert" if place is None:
                into = _Finder(self.html, operation["into"]).place
                assert into is not None
                self._put(into.inner_end, into.inner_end, operation["html"])
            case _ if place is None:
                pass
            case "upsert":
                self._put(place.begin, place.end, operation["html"])
            case "inner":
                self._put(place.inner_begin, place.inner_end, operation["html"])
            case "before":
                self._put(place.begin, place.begin, operation["html"])
            case "append":
                text = escape(operation["text"], quote=False)
                end = place.inner_end
                if operation["id"].startswith("live-"):
                    end = self.html.rindex("</code>", place.inner_begin, end)
                self._put(end, end, text)
            case "remove":
                self._put(place.begin, place.end, "")
            case unknown:
                raise AssertionError(unknown)

    def _put(self, begin: int, end: int, html: str) -> None:
        self.html = self.html[:begin] + html + self.html[end:]


class Watcher:
    """A viewer that keeps its frames and the resulting page. It is the viewer's socket, too."""

    def __init__(self, page: Page) -> None:
        self.frames: list[dict[str, Any]] = []
        self.page = page
        self.is_full = False  # while the client reads nothing
        self.closed: int | None = None
        self.viewer = Viewer(self)
        self._came = asyncio.Event()
        self._drained: Callable[[], None] = lambda: None

    def write(self, message: bytes) -> None:
        frame = contents_of(message)
        self.frames.append(frame)
        self.page.take(frame)
        self._came.set()

    heard_at = 0.0

    def ping(self) -> None:
        raise AssertionError("only pages in a room are asked")

    def close(self, code: int) -> None:
        self.closed = code
        self._came.set()

    def when_drained(self, call: Callable[[], None]) -> None:
        self._drained = call

    def drain(self) -> None:
        """Read everything that waits in the socket."""
        self.is_full = False
        self._drained()

    async def until(self, seen: Callable[["Watcher"], object]) -> None:
        """Wait until `seen` is true after a frame."""
        async with asyncio.timeout(PATIENCE):
            while not seen(self):
                self._came.clear()
                await self._came.wait()

    async def sees(self, *texts: str) -> None:
        """Wait until all of these texts are on the page."""
        try:
            await self.until(lambda me: all(text in me.page.text for text in texts))
        except TimeoutError:
            pytest.fail(f"not all of {texts} in {self.page.text}")

    async def sees_the_same_as(self, page: Page) -> None:
        """Wait until the viewer's page is like this page."""
        try:
            await self.until(lambda me: not me.page.difference(page))
        except TimeoutError:
            pytest.fail(self.page.difference(page))


class Audience:
    """The viewers of one thread in this process."""

    def __init__(self, project_id: str, thread_id: str) -> None:
        self.project_id, self.thread_id = project_id, thread_id
        self.watchers: dict[Watcher, ThreadFeed] = {}

    async def joined_by(self, page: Page | None = None) -> Watcher:
        """Return a viewer of this page, or of a page loaded now, that has its first frame."""
        watcher = Watcher(page or await self.loaded())
        feed = feed_of(self.project_id, self.thread_id)
        self.watchers[watcher] = feed
        visit = Visit("", 0, "", self.project_id)
        watch.add(watcher.viewer, visit, since=watch.changes, role=OWNER)
        feed.join(watcher.viewer, watcher.page.seq)
        await watcher.until(lambda me: me.frames)
        return watcher

    def leave(self, *watchers: Watcher) -> None:
        """Return these viewers, or all."""
        for watcher in watchers or list(self.watchers):
            leave_feed(self.watchers.pop(watcher), watcher.viewer)
            watch.remove(watcher.viewer)

    async def loaded(self) -> Page:
        """Return the page as the server renders it now."""
        page = Page()
        seq = await in_thread(log.last_seq, self.thread_id)
        snapshot = await in_thread(thread_snapshot, self.thread_id)
        page.take({"seq": seq, "ops": whole_state(snapshot, {}), "whole": True})
        return page

    async def sees_what_a_reload_shows(self) -> None:
        """Wait until all pages show the state of the database."""
        whole = await self.loaded()
        for watcher in self.watchers:
            await watcher.sees_the_same_as(whole)
