"""Calls of blocking code from an event loop, in a fixed number of threads."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from typing import ParamSpec, TypeVar

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

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise what it raises."""
        carried_out = partial(copy_context().run, call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, carried_out)
