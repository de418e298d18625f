"""The websocket of a thread: who may connect, the first frame, and the end."""

import json

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User

from assistants_app.realtime import feed
from assistants_app.realtime.consumers import NO_THREAD, SIGNED_OUT
from assistants_app.realtime.urls import websocket_urlpatterns
from tests.cast import Cast
from tests.realtime.answers import Answer


def connection(
    cast: Cast, user: User | AnonymousUser, thread_id: str = "", query: str = ""
) -> WebsocketCommunicator:
    path = f"/p/{cast.project.id}/thread/{thread_id or cast.thread.id}/{query}"
    communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), f"/ws{path}")
    communicator.scope["user"] = user
    return communicator


async def close_code(communicator: WebsocketCommunicator) -> int:
    await communicator.connect()
    message = await communicator.receive_output()
    assert message["type"] == "websocket.close"
    return int(message["code"])


@pytest.mark.usefixtures("transactional_db")
async def test_only_members_may_connect(cast: Cast) -> None:
    assert await close_code(connection(cast, AnonymousUser())) == SIGNED_OUT
    assert await close_code(connection(cast, cast.charlie)) == NO_THREAD
    assert await close_code(connection(cast, cast.alice, "thread_gone")) == NO_THREAD


@pytest.mark.parametrize(
    ("query", "whole"), [("?after=0-1", True), ("?after=x", False), ("", False)]
)
async def test_a_member_gets_the_thread_until_they_leave(
    answer: Answer, query: str, whole: bool
) -> None:
    communicator = connection(answer.cast, answer.cast.alice, query=query)
    assert await communicator.connect() == (True, None)
    frame = json.loads(await communicator.receive_from(timeout=10))
    assert frame["whole"]
    # Without a position, the page counts as up to date with the empty log.
    assert bool(frame["ops"]) == whole
    await communicator.send_to(text_data="ignored")
    await answer.begin()
    changes = json.loads(await communicator.receive_from(timeout=10))
    assert "thread-status" in [operation["id"] for operation in changes["ops"]]
    assert answer.cast.thread.id in feed._feeds
    await communicator.disconnect()
    assert answer.cast.thread.id not in feed._feeds


async def test_a_page_that_comes_back_to_the_end_gets_the_whole_thread(answer: Answer) -> None:
    communicator = connection(answer.cast, answer.cast.alice)
    await communicator.connect()
    assert json.loads(await communicator.receive_from(timeout=10))["ops"] == []
    await communicator.send_to(text_data="again")
    frame = json.loads(await communicator.receive_from(timeout=10))
    assert frame["whole"]
    [items] = [operation for operation in frame["ops"] if operation["id"] == "items"]
    assert answer.cast.message.id in items["html"]
    assert (items["before"], items["total"], items["end"]) == (0, 1, True)
    # It still gets the changes, and once.
    await answer.begin()
    changes = json.loads(await communicator.receive_from(timeout=10))
    assert "thread-status" in [operation["id"] for operation in changes["ops"]]
    await communicator.disconnect()
    assert answer.cast.thread.id not in feed._feeds


async def test_a_viewer_who_could_not_join_leaves_no_feed_behind(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*arguments: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(feed.ThreadFeed, "join", fail)
    communicator = connection(answer.cast, answer.cast.alice)
    await communicator.connect()
    with pytest.raises(ConnectionError):
        await communicator.wait(timeout=10)
    assert answer.cast.thread.id not in feed._feeds
