"""Every websocket, by everybody who may open one, and with IDs of another project."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from assistants_app.domain.rights import EDITOR, OWNER, VIEWER, can
from assistants_app.realtime.consumers import (
    COMPARE,
    NO_THREAD,
    PROJECT,
    SOCKETS,
    THREAD,
    page_socket,
)
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import SOCKET
from assistants_app.realtime.watch import SIGNED_OUT
from tests.cast import Cast
from tests.rights.ids import other_project, unknown
from tests.services.compare.made import compare
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]

OPEN = 1000  # stands for a socket that nobody has closed
PATHS = {
    THREAD: ("/ws/p/{project}/thread/{thread}/", "/ws/p/{project}/thread/{thread}/replay/"),
    # A page that shows another role is told the present one at once, even if there is no news.
    PROJECT: ("/ws/p/{project}/project/?role=another",),
    COMPARE: ("/ws/p/{project}/compare/{comparison}/?role=another",),
}
pytestmark = [
    pytest.mark.usefixtures("transactional_db", "plain_static_files"),
]


class Browser:
    """A page that opens a socket and leaves once something has come."""

    is_full = False

    def __init__(self, path: str, user: User | None) -> None:
        headers = []
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"
            headers = [(b"cookie", cookie.encode())]
        path, _, query = path.partition("?")
        self.scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            SOCKET: self,
        }
        self._began, self._answered = False, asyncio.Event()
        self.code = OPEN

    async def open(self) -> int:
        async with asyncio.timeout(20):
            await page_socket(self.scope, self._receive, self._send)
        return self.code

    async def _receive(self) -> dict[str, Any]:
        if not self._began:
            self._began = True
            return {"type": "websocket.connect"}
        await self._answered.wait()
        return {"type": "websocket.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.code = message.get("code", 0)

    def write(self, message: bytes) -> None:
        self._answered.set()

    def close(self, code: int) -> None:
        self.code = code
        self._answered.set()

    def when_drained(self, call: Callable[[], None]) -> None:
        raise AssertionError("it is never full")


async def code_of(path: str, user: User | None) -> int:
    browser = await in_thread(lambda: Browser(path, user))
    return await browser.open()


def test_every_websocket_is_tried() -> None:
    assert set(PATHS) == set(SOCKETS)


async def test_a_websocket_opens_for_those_who_have_the_right_to_its_verb(cast: Cast) -> None:
    root = await in_thread(lambda: User.objects.create_superuser("root"))
    comparison = await in_thread(lambda: compare(cast).id)
    for pattern, verb in SOCKETS.items():
        for path in PATHS[pattern]:
            ids = {"thread": cast.thread.id, "comparison": comparison}
            own = path.format(project=cast.project.id, **ids)
            nobodys = path.format(project=unknown(cast.project.id), **ids)
            assert await code_of(own, None) == SIGNED_OUT
            for stranger in (cast.charlie, root):
                assert await code_of(own, stranger) == NO_THREAD
                assert await code_of(nobodys, stranger) == NO_THREAD
            for user, role in ((cast.vera, VIEWER), (cast.bob, EDITOR), (cast.alice, OWNER)):
                assert (await code_of(own, user) == OPEN) == can(role, verb), role


async def test_a_websocket_knows_no_id_of_another_project(cast: Cast) -> None:
    other = await in_thread(lambda: other_project(cast))
    for path in PATHS[THREAD]:
        for thread in (cast.thread.id, unknown(cast.thread.id), cast.run.id):
            place = path.format(project=other.project.id, thread=thread)
            assert await code_of(place, cast.charlie) == NO_THREAD
    comparison = await in_thread(lambda: compare(cast).id)
    for path in PATHS[COMPARE]:
        for known in (comparison, unknown(comparison)):
            place = path.format(project=other.project.id, comparison=known)
            assert await code_of(place, cast.charlie) == NO_THREAD
