"""Carry out runs of tests: their coroutines on the process's loop, what blocks in this thread."""

from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

import pytest

from assistants_app.engine import runner
from assistants_app.event_loop import process_loop
from assistants_app.hop import Hop
from assistants_app.tools import hops

P = ParamSpec("P")
T = TypeVar("T")


class _Here(Executor):
    # Leaves its calls to a thread that waits for them.
    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def call() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:  # noqa: BLE001 - as an executor's threads do
                    future.set_exception(error)

        self.calls.put(call)
        return future


@contextmanager
def _hops_here() -> Iterator[_Here]:
    here = _Here()
    with pytest.MonkeyPatch.context() as patch:
        for hop in vars(hops).values():
            if isinstance(hop, Hop):
                patch.setattr(hop, "_threads", here)
        yield here


def complete(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine on the process's loop, with the calls of its hops in this thread.

    So they see the rows of the test's transaction, and its connection sees their queries.
    """
    with _hops_here() as here:
        over = process_loop.submit(coroutine)
        over.add_done_callback(lambda _: here.calls.put(None))
        while call := here.calls.get(timeout=60):
            call()
        return over.result()


def execute(run_id: str) -> None:
    """Carry out a run as far as it goes."""
    complete(runner.execute(run_id))
