"""Calls of blocking code from an event loop."""

import asyncio
import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest

from assistants_app.hop import Hop, TakesLong, only_if_short, takes_long

word: ContextVar[str] = ContextVar("word", default="")


def test_a_call_returns_raises_and_sees_the_callers_context() -> None:
    async def calls() -> str:
        hop = Hop("test", 1)
        word.set("seen")
        with pytest.raises(ZeroDivisionError):
            await hop(lambda: 1 // 0)
        return await hop(word.get)

    assert asyncio.run(calls()) == "seen"


def test_calls_wait_for_a_thread_while_the_loop_goes_on() -> None:
    async def calls() -> tuple[list[int], int]:
        hop = Hop("test", 2)
        gate, two, begun = threading.Event(), threading.Event(), list[int]()

        def call(number: int) -> int:
            begun.append(number)
            if len(begun) == 2:
                two.set()
            gate.wait(10)
            return number

        running = [asyncio.ensure_future(hop(call, number)) for number in range(5)]
        await asyncio.to_thread(two.wait, 10)
        at_once = len(begun)
        gate.set()
        return await asyncio.gather(*running), at_once

    assert asyncio.run(calls()) == ([0, 1, 2, 3, 4], 2)


def test_a_call_whose_caller_has_left_is_not_begun() -> None:
    async def calls() -> list[str]:
        hop, gate, begun = Hop("test", 1), threading.Event(), list[str]()
        first = asyncio.ensure_future(hop(gate.wait, 10))
        second = asyncio.ensure_future(hop(begun.append, "second"))
        await asyncio.sleep(0)
        second.cancel()
        gate.set()
        assert await first
        await hop(begun.append, "third")
        return begun

    assert asyncio.run(calls()) == ["third"]


def test_a_caller_that_leaves_does_not_harm_the_thread() -> None:
    async def calls() -> str:
        hop, gate, begun = Hop("test", 1), threading.Event(), threading.Event()

        def call() -> None:
            begun.set()
            gate.wait(10)

        running = asyncio.ensure_future(hop(call))
        await asyncio.to_thread(begun.wait, 10)
        running.cancel()
        gate.set()
        return await hop(lambda: "next")

    assert asyncio.run(calls()) == "next"


def test_a_process_ends_after_the_calls_that_have_begun() -> None:
    script = """
import asyncio, time
from assistants_app.hop import Hop
async def calls():
    hop = Hop("test", 2)
    asyncio.ensure_future(hop(lambda: (time.sleep(0.5), print("done"))))
    await hop(lambda: time.sleep(0.1))
asyncio.run(calls())
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("done\n", "")


def test_what_takes_long_is_given_up_only_where_it_must_be_short() -> None:
    takes_long()
    with only_if_short(), pytest.raises(TakesLong):
        takes_long()
    takes_long()
