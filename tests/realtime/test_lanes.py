"""The websocket of a comparison: frames of all columns, in which nobody has a name."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from assistants_app.models import Assistant, Comparison, Thread
from assistants_app.realtime import feeds
from assistants_app.realtime.consumers import NO_THREAD
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import SharedSocket, Viewer
from assistants_app.realtime.watch import SIGNED_OUT
from tests.cast import Cast
from tests.realtime.answers import Answer
from tests.realtime.test_consumers import Connection, close_code
from tests.services.compare.made import compare, lanes_of


class LaneAnswer(Answer):
    """An answer in a column's thread."""

    def __init__(self, cast: Cast, thread_id: str) -> None:
        super().__init__(cast)
        self.cast = Cast(**{**vars(cast), "thread": Thread.objects.get(pk=thread_id)})


@pytest.fixture
def comparison(transactional_db: None, cast: Cast) -> Comparison:
    Assistant.objects.filter(pk=cast.assistant.id).update(name="canary-name", model="canary-model")
    return compare(cast, {"model": "canary-one"}, {"model": "canary-two"}, blind=True)


def line(cast: Cast, user: User | None, comparison_id: str, query: str = "") -> Connection:
    opened = Connection(cast, user)
    opened.scope["path"] = f"/ws/p/{cast.project.id}/compare/{comparison_id}/"
    opened.scope["query_string"] = query.encode()
    return opened


async def frames_of(opened: Connection, *keys: str) -> dict[str, dict[str, Any]]:
    """Return the next frame of each of these lanes."""
    found: dict[str, dict[str, Any]] = {}
    while set(found) != set(keys):
        frame = await opened.frame()
        found.setdefault(frame["lane"], frame)
    return found


async def test_only_members_watch(cast: Cast, comparison: Comparison) -> None:
    for user, code in ((None, SIGNED_OUT), (cast.charlie, NO_THREAD)):
        opened = await in_thread(line, cast, user, comparison.id)
        assert await close_code(opened) == code
    opened = await in_thread(line, cast, cast.alice, "cmp_none")
    assert await close_code(opened) == NO_THREAD


async def test_every_column_streams_without_a_name(cast: Cast, comparison: Comparison) -> None:
    lanes = await in_thread(lanes_of, comparison)
    keys = [lane.key for lane in lanes]
    query = "&".join(f"after={key}:0-1" for key in keys)
    opened = await in_thread(line, cast, cast.vera, comparison.id, query)
    assert await opened.connect() == (True, None)
    first = await frames_of(opened, *keys)
    assert all(frame["whole"] for frame in first.values())
    assert [op["id"] for op in first[keys[0]]["ops"][:1]] == [f"items-{keys[0]}"]
    written = []
    for lane in lanes:
        answer = await in_thread(LaneAnswer, cast, lane.thread_id)
        await answer.begin()
        await answer.think("Hm. ")
        await answer.open_message("Hello")
        await answer.end()
        written.append(answer.message.id)
    seen: list[dict[str, Any]] = []
    while len({frame["lane"] for frame in seen if "Hello" in json.dumps(frame)}) < 2:
        seen.append(await opened.frame())
    text = json.dumps([first, seen])
    for hidden in ("canary", cast.assistant.id, "run-log", "announce"):
        assert hidden not in text
    assert {"op": "state"} in [op for frame in seen for op in frame["ops"]]
    for key, message_id in zip(keys, written, strict=True):
        drawn = [
            op
            for frame in seen
            if frame["lane"] == key
            for op in frame["ops"]
            if op.get("id") == message_id
        ]
        assert {op["into"] for op in drawn} == {f"items-{key}"}
    await opened.disconnect()
    assert feeds.feeds == {}


async def test_a_late_viewer_sees_what_is_being_written(cast: Cast, comparison: Comparison) -> None:
    first, second = await in_thread(lanes_of, comparison)
    answer = await in_thread(LaneAnswer, cast, first.thread_id)
    await answer.begin()
    await answer.open_message("Half a sen")
    opened = await in_thread(line, cast, cast.bob, comparison.id, f"after={first.key}:0-1")
    await opened.connect()
    frames = await frames_of(opened, first.key, second.key)
    assert "Half a sen" in json.dumps(frames[first.key])
    await opened.disconnect()


async def test_the_threads_own_socket_is_closed_to_those_who_have_not_voted(
    cast: Cast, comparison: Comparison
) -> None:
    first, _second = await in_thread(lanes_of, comparison)
    opened = await in_thread(lambda: Connection(cast, cast.bob, thread_id=first.thread_id))
    assert await close_code(opened) == NO_THREAD


def test_all_viewers_of_a_socket_hear_that_it_has_room_again() -> None:
    class Full:
        is_full = True
        heard_at = 0.0
        call: Any = None

        def ping(self) -> None: ...

        def write(self, message: bytes) -> None: ...

        def close(self, code: int) -> None: ...

        def when_drained(self, call: Any) -> None:
            self.call = call

    full = Full()
    shared, heard = SharedSocket(full), []
    for name in ("one", "two"):
        Viewer(shared).when_drained(lambda name=name: heard.append(name))  # type: ignore[misc]
    full.call()
    full.call()
    assert heard == ["one", "two"]
