"""The watchdog logs what blocks the event loop."""

import logging
import time
from collections.abc import Iterator

import pytest

from assistants_app.engine.worker.watchdog import BLOCKED_SECONDS, Watchdog
from assistants_app.event_loop import LoopThread
from tests.live import wait_until


@pytest.fixture
def loop_thread() -> Iterator[LoopThread]:
    thread = LoopThread("watched")
    yield thread
    thread.loop.call_soon_threadsafe(thread.loop.stop)


async def block_the_loop(seconds: float) -> None:
    time.sleep(seconds)  # noqa: ASYNC251 - which is what must not happen


def test_a_blocked_loop_is_logged_once_with_its_stack(
    loop_thread: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    watchdog = Watchdog(loop_thread.loop, loop_thread.thread_id)
    watchdog.switch(on=True)
    loop_thread.run(block_the_loop(4 * BLOCKED_SECONDS))
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "block_the_loop" in record.message
    assert "blocked for 250 ms" in record.message
    loop_thread.run(block_the_loop(4 * BLOCKED_SECONDS))
    wait_until(lambda: len(caplog.records) == 2)
    watchdog.switch(on=False)


def test_a_loop_that_answers_or_is_not_watched_is_not_logged(
    loop_thread: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    watchdog = Watchdog(loop_thread.loop, loop_thread.thread_id)
    loop_thread.run(block_the_loop(2 * BLOCKED_SECONDS))
    watchdog.switch(on=True)
    for _ in range(20):
        loop_thread.run(block_the_loop(BLOCKED_SECONDS / 10))
    watchdog.switch(on=False)
    assert not caplog.records
