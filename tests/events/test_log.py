"""The event log on a real Valkey: ordered, numbered, each event once, and losses are detected."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from assistants_app.events import log
from assistants_app.events.log import Event, NewEvent, position
from assistants_app.events.subscribe import LogLost, follow
from assistants_app.events.writer import GroupWriter
from assistants_app.redis_client import client


@pytest.fixture
def thread_id() -> str:
    return f"thread_{secrets.token_hex(12)}"


def event(number: int) -> NewEvent:
    return NewEvent("thread.message.created", "run_1", f'{{"n": {number}}}')


async def take(stream: AsyncIterator[list[Event]], count: int) -> list[Event]:
    taken: list[Event] = []
    async for batch in stream:
        taken += batch
        if len(taken) >= count:
            break
    return taken


async def test_a_reader_gets_the_past_and_the_future_in_order(thread_id: str) -> None:
    writer = GroupWriter()
    writer.append(thread_id, [event(number) for number in range(50)])
    reading = asyncio.create_task(take(follow(thread_id), 100))
    await asyncio.sleep(0)
    for number in range(50, 100):
        await asyncio.to_thread(writer.append, thread_id, [event(number)])
    events = await asyncio.wait_for(reading, 10)
    assert [item.content["n"] for item in events] == list(range(100))


async def test_a_reader_that_returns_gets_the_events_it_missed(thread_id: str) -> None:
    writer = GroupWriter()
    writer.append(thread_id, [event(number) for number in range(10)])
    first = await take(follow(thread_id), 10)
    rest = await asyncio.wait_for(take(follow(thread_id, after=first[3].seq), 6), 10)
    assert [item.content["n"] for item in rest] == [4, 5, 6, 7, 8, 9]


async def test_an_idle_reader_gets_an_empty_batch(thread_id: str) -> None:
    async for batch in follow(thread_id, idle=0.05):
        assert batch == []
        break


async def test_a_lost_log_is_detected_and_never_continued(thread_id: str) -> None:
    writer = GroupWriter()
    writer.append(thread_id, [event(1)])
    seen = log.last_seq(thread_id)
    client().delete(log.key(thread_id))
    with pytest.raises(LogLost):
        await asyncio.wait_for(take(follow(thread_id, after=seen), 1), 10)
    # A new log begins at the time in milliseconds. No log is lost and written again within one.
    await asyncio.sleep(0.002)
    writer.append(thread_id, [event(2)])
    assert position(log.last_seq(thread_id)) > position(seen)
    with pytest.raises(LogLost):
        await asyncio.wait_for(take(follow(thread_id, after=seen), 1), 10)
