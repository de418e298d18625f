"""Cancelled runs are published to the workers."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from assistants_app.events import cancels
from assistants_app.redis_client import new_async_client


async def test_a_worker_is_notified_and_subscribes_again_after_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = [RedisConnectionError("away"), OSError("still away")]

    def connect() -> object:
        if failures:
            raise failures.pop()
        return new_async_client()

    monkeypatch.setattr(cancels, "new_async_client", connect)
    notified: asyncio.Queue[str] = asyncio.Queue()
    following = asyncio.create_task(cancels.follow_cancels(notified.put_nowait))

    async def publish_until_notified() -> str:
        # A cancel that is published before the worker has subscribed is for the heartbeat.
        while notified.empty():
            await asyncio.to_thread(cancels.publish_cancel, "run_1")
            await asyncio.sleep(0.02)
        return notified.get_nowait()

    assert await asyncio.wait_for(publish_until_notified(), 20) == "run_1"
    assert not failures
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


def test_a_cancel_is_not_refused_without_redis(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> object:
        raise RedisConnectionError("away")

    monkeypatch.setattr(cancels, "client", away)
    cancels.publish_cancel("run_1")
    assert "Couldn't publish the cancel of run_1: away" in caplog.messages
