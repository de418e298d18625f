"""Calls of blocking code from an event loop, in a fixed number of threads."""

import asyncio
import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_is_hurried: ContextVar[bool] = ContextVar("is_hurried", default=False)


class TakesLong(Exception):
    """Raised instead of beginning what takes long, inside :func:`only_if_short`."""


@contextmanager
def only_if_short() -> Iterator[None]:
    """Give up with :class:`TakesLong` what turns out to take long, so that no thread is kept."""
    token = _is_hurried.set(True)
    try:
        yield
    finally:
        _is_hurried.reset(token)


def takes_long() -> None:
    """Declare that what comes next takes long: it waits for the network, or reads very much."""
    if _is_hurried.get():
        raise TakesLong


class Hop:
    """Carries out calls in up to `threads` threads. The event loop goes on meanwhile.

    Further calls wait for a thread, in their order. A call sees the context variables of its
    caller.
    """

    # Not a ThreadPoolExecutor: with its two futures for each call, which wait for each other, and
    # its locks, a call that does nothing took 60 µs of CPU instead of 25.

    def __init__(self, name: str, threads: int) -> None:
        self._name, self._most = name, threads
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._waiting = 0  # calls that were not answered yet, as the event loop sees it

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise what it raises."""
        if len(self._threads) < self._most and self._waiting >= len(self._threads):
            self._start_thread()
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put(_Call(copy_context(), partial(call, *args, **kwargs), answer))
        self._waiting += 1
        try:
            return await answer
        finally:
            self._waiting -= 1

    def _start_thread(self) -> None:
        if not self._threads:
            atexit.register(self._stop)
        name = f"{self._name}_{len(self._threads)}"
        thread = Thread(target=self._answer_calls, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _answer_calls(self) -> None:
        while (call := self._calls.get()) is not None:
            call.carry_out()
            # Nothing is kept alive while this thread waits.
            del call

    def _stop(self) -> None:
        # What has begun comes to its end before the process does.
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()


class _Call:
    __slots__ = ("_answer", "_call", "_context")

    def __init__(
        self, context: Context, call: Callable[[], Any], answer: "asyncio.Future[Any]"
    ) -> None:
        self._context, self._call, self._answer = context, call, answer

    def carry_out(self) -> None:
        answer = self._answer
        if answer.cancelled():
            return
        settle: Callable[[asyncio.Future[Any], Any], None] = _succeed
        try:
            value = self._context.run(self._call)
        except BaseException as error:  # noqa: BLE001 - raised again where the call was made
            settle, value = _fail, error
        # The loop is closed if the process ends.
        with suppress(RuntimeError):
            answer.get_loop().call_soon_threadsafe(settle, answer, value)


def _succeed(answer: "asyncio.Future[Any]", result: Any) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: "asyncio.Future[Any]", error: BaseException) -> None:
    if not answer.done():
        answer.set_exception(error)
