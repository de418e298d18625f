"""Every path of a websocket, with cookies, origins and messages that no page sends."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import strategies as st

from assistants_app.realtime.viewers import SOCKET
from playground.asgi import application
from tests.cast import Cast
from tests.fuzz import values
from tests.fuzz.examples import in_time, try_examples
from tests.fuzz.values import mostly
from tests.services.compare.made import compare
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]

ORIGIN = (b"origin", b"http://127.0.0.1:8000")
ODD_PATHS = ["/", "", "//", "/ws", "/ws/", "/ws/x", "/ws/p//thread//", "/v1/threads", "/p/x/"]


class Browser:
    """A page that opens the socket, sends what it is given, and leaves."""

    is_full = False

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self._unread = [{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect"}]
        self.sent: list[str] = []

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        return self._unread.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message["type"])

    def write(self, message: bytes) -> None:
        assert message

    heard_at = 0.0

    def ping(self) -> None:
        """Do nothing: it never answers."""

    def close(self, code: int) -> None:
        self.sent.append("websocket.close")

    def when_drained(self, call: Callable[[], None]) -> None:
        """Do nothing: it is never full."""


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One event loop, because the feeds of threads live longer than a connection."""
    loop = asyncio.new_event_loop()
    yield loop
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


# Committed, because the application looks at the session in another thread.
@pytest.mark.usefixtures("transactional_db", "plain_static_files")
def test_every_websocket_is_accepted_or_closed(cast: Cast, loop: asyncio.AbstractEventLoop) -> None:
    client = Client()
    client.force_login(cast.alice)
    comparison = compare(cast).id
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"
    reached = set()

    def check(example: dict[str, Any]) -> None:
        browser = Browser(example["messages"])
        scope = {
            "type": "websocket",
            "path": example["path"],
            "query_string": example["query"].encode("ascii", "replace"),
            "headers": example["headers"],
            SOCKET: browser,
        }
        with in_time(example):
            loop.run_until_complete(application(scope, browser.receive, browser.send))
        assert browser.sent, example
        reached.update(browser.sent)

    part = mostly(st.just(cast.thread.id), values.texts)
    project = mostly(st.just(cast.project.id), values.texts)
    page = st.tuples(project, part, st.booleans()).map(
        lambda given: f"/ws/p/{given[0]}/thread/{given[1]}/{'replay/' * given[2]}"
    ) | project.map(lambda given: f"/ws/p/{given}/project/")
    other = st.tuples(project, mostly(st.just(comparison), values.texts))
    page |= other.map(lambda given: f"/ws/p/{given[0]}/compare/{given[1]}/")
    quoted = st.sampled_from(['"\\000"', "\xff", '"', "a; " * 100, "\\", "x" * 5000])
    odd_cookie = quoted.map(lambda value: f"{settings.SESSION_COOKIE_NAME}={value}")
    odd_origin = st.sampled_from(values.HEADER_VALUES).map(
        lambda value: (b"origin", value.encode("latin-1"))
    )
    headers = st.tuples(
        mostly(st.just(ORIGIN), odd_origin),
        mostly(st.just(cookie), odd_cookie).map(lambda text: (b"cookie", text.encode("latin-1"))),
        st.just((b"host", b"127.0.0.1:8000")),
    ).map(list)
    message = st.one_of(
        st.sampled_from(["again", "writing call_1", *values.TEXTS]).map(
            lambda text: {"text": text}
        ),
        values.texts.map(lambda text: {"text": f"writing {text}"}),
        st.sampled_from(values.BYTES).map(lambda data: {"bytes": data}),
    ).map(lambda given: {"type": "websocket.receive", **given})
    example = st.fixed_dictionaries(
        {
            "path": mostly(page, st.sampled_from(ODD_PATHS)),
            "query": st.just("")
            | values.texts.map(lambda text: f"after={text}")
            | values.texts.map(lambda text: f"a={text}&role={text}&after=0-1"),
            "headers": headers,
            "messages": st.lists(message, max_size=4),
        }
    )
    try_examples("websockets", example, check, share=20)
    assert reached == {"websocket.accept", "websocket.close"}
