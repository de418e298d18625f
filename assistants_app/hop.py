"""Calls of blocking code from an event loop, in a fixed number of threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")


class Hop:
    """Carries out calls in up to `threads` threads. The event loop goes on meanwhile.

    Further calls wait for a thread, in their order. A call sees the context variables of its
    caller, and gives its database connection back when it ends.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def wait(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the same for a caller in a thread of something else, which waits meanwhile."""
        carried_out = partial(copy_context().run, with_connection, partial(call, *args, **kwargs))
        return self._threads.submit(carried_out).result()

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise what it raises."""
        carried_out = partial(copy_context().run, with_connection, partial(call, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._threads, carried_out)


def with_connection(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the call returns, and give its database connection back."""
    try:
        return call(*args, **kwargs)
    finally:
        # Within a transaction, as in tests, closing would roll it back.
        if not connection.in_atomic_block:
            connection.close()
