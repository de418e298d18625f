"""The event loop of a process."""

import asyncio
import os
import threading

import pytest

from assistants_app.event_loop import LoopThread


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


def test_threads_wait_for_coroutines_on_one_loop() -> None:
    thread = LoopThread("test-loop")
    assert thread.thread_id is None
    assert thread.run(answer(1)) == 1
    assert thread.submit(answer(2)).result(10) == 2
    assert thread.thread_id not in {None, threading.get_ident()}
    thread.loop.call_soon_threadsafe(thread.loop.stop)


def test_an_error_is_raised_in_the_thread_that_waits() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    thread = LoopThread("test-loop")
    with pytest.raises(ZeroDivisionError):
        thread.run(fail())
    thread.loop.call_soon_threadsafe(thread.loop.stop)


def test_the_loop_does_not_wait_for_itself() -> None:
    thread = LoopThread("test-loop")

    async def wait_for_own_loop() -> None:
        thread.run(answer(1))

    with pytest.raises(RuntimeError, match="can't wait for its own loop"):
        thread.run(wait_for_own_loop())
    thread.loop.call_soon_threadsafe(thread.loop.stop)


def test_a_forked_process_has_a_loop_of_its_own() -> None:
    thread = LoopThread("test-loop")
    assert thread.run(answer(1)) == 1
    child = os.fork()
    if child == 0:
        os._exit(thread.run(answer(7)))
    _, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) == 7
    assert thread.run(answer(2)) == 2
    thread.loop.call_soon_threadsafe(thread.loop.stop)
