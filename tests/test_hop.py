"""Calls of blocking code from an event loop."""

import asyncio
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


def test_what_takes_long_is_given_up_only_where_it_must_be_short() -> None:
    takes_long()
    with only_if_short(), pytest.raises(TakesLong):
        takes_long()
    takes_long()
