"""The project's news on the websocket of a page, with a thread and without one."""

import asyncio
from typing import Any

import pytest

from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import Membership
from assistants_app.realtime import consumers, watch
from assistants_app.realtime.consumers import page_socket
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.rooms import Room, Rooms
from tests.cast import Cast
from tests.realtime.test_consumers import Connection, connection


class OwnRooms(Rooms):
    """The rooms of one test."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: asyncio.Queue[Room] = asyncio.Queue()

    def enter(self, *arguments: Any, **options: Any) -> Room:
        room = super().enter(*arguments, **options)
        self.entered.put_nowait(room)
        return room

    async def room(self) -> Room:
        """Return the room that the next page enters."""
        async with asyncio.timeout(10):
            return await self.entered.get()


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch) -> OwnRooms:
    own = OwnRooms()
    monkeypatch.setattr(consumers, "rooms", own)
    return own


def set_role(cast: Cast, role: str) -> None:
    Membership.objects.filter(user=cast.bob).update(role=role)


async def project_page(cast: Cast, query: str = "") -> Connection:
    """Return bob's page without a thread, after its handshake."""
    page = await connection(cast, cast.bob)
    page.scope["path"] = f"/ws/p/{cast.project.id}/project/"
    page.scope["query_string"] = query.encode()
    assert await page.connect() == (True, None)
    return page


@pytest.mark.usefixtures("transactional_db")
async def test_a_page_without_a_thread_only_has_news(cast: Cast, rooms: OwnRooms) -> None:
    page = await project_page(cast, "a=asst_1")
    await page.send_to(text_data="again")
    await page.send_to(text_data="writing call_1")
    room = await rooms.room()
    [guest] = room.guests.values()
    assert (guest.whereabouts.thread_id, guest.whereabouts.name) == ("", "bob")
    room.take(["threads"])
    assert await page.frame() == {"topics": ["threads"]}
    await page.disconnect()
    assert rooms._rooms == {}


@pytest.mark.usefixtures("transactional_db")
async def test_the_place_of_a_page_is_noted(cast: Cast, rooms: OwnRooms) -> None:
    page = await connection(cast, cast.alice)
    page.scope["query_string"] = b"a=asst_1&after=0-0"
    await page.connect()
    await page.frame()
    room = await rooms.room()
    [guest] = room.guests.values()
    assert room.is_team
    assert (guest.whereabouts.thread_id, guest.whereabouts.assistant_id) == (
        cast.thread.id,
        "asst_1",
    )
    await page.send_to(text_data="writing call_1")
    await page.send_to(text_data="writing <b>")
    await page.send_to(text_data="writing " + "x" * 101)
    await page.send_to(text_data="again")
    while not (await page.frame()).get("whole"):
        pass
    assert guest.whereabouts.writing_for == "call_1"
    await page.disconnect()


@pytest.mark.parametrize("role", [VIEWER, EDITOR])
@pytest.mark.usefixtures("transactional_db")
async def test_only_people_who_may_answer_are_shown_as_writing(
    cast: Cast, rooms: OwnRooms, role: str
) -> None:
    await in_thread(set_role, cast, role)
    page = await project_page(cast)
    room = await rooms.room()
    written: list[str] = []
    room.write = lambda viewer, call_id: written.append(call_id)  # type: ignore[method-assign]
    await page.send_to(text_data="writing call_1")
    await page.disconnect()
    assert written == ([] if role == VIEWER else ["call_1"])


@pytest.mark.usefixtures("transactional_db")
async def test_a_page_gets_another_role(cast: Cast) -> None:
    await in_thread(set_role, cast, EDITOR)
    page = await project_page(cast, f"role={EDITOR}")
    for role in (VIEWER, OWNER):
        await in_thread(set_role, cast, role)
        watch.watch._take(None)
        assert await page.frame() == {"role": role}
    # Once is enough.
    watch.watch._take(None)
    await page.disconnect()
    assert page.messages.empty()


@pytest.mark.usefixtures("transactional_db")
async def test_a_page_that_shows_an_old_role_gets_the_present_one(cast: Cast) -> None:
    await in_thread(set_role, cast, VIEWER)
    page = await project_page(cast, f"role={OWNER}")
    assert await page.frame() == {"role": VIEWER}
    await page.disconnect()


@pytest.mark.parametrize(
    "path",
    [
        *("/ws/p/x/project", "/ws/p//project/", "/ws/p/x/project/replay/"),
        *("/ws/p/\0/project/", "/ws/p/\ud800/project/", "/ws/p/x/thread/\ud800/"),
    ],
)
async def test_similar_paths_are_refused(path: str) -> None:
    refused: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        refused.append(message["type"])

    await page_socket({"path": path, "query_string": b""}, receive, send)
    assert refused == ["websocket.close"]
