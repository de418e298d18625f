"""Carry out runs of tests: their coroutines on the process's loop, what blocks in this thread."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

import pytest

from assistants_app.engine import runner
from assistants_app.event_loop import process_loop
from assistants_app.hop import Hop
from assistants_app.tools import hops

T = TypeVar("T")


Calls = SimpleQueue[Any]


@contextmanager
def _hops_here() -> Iterator[Calls]:
    # Calls wait for this thread, and the hops start none.
    calls: Calls = SimpleQueue()
    with pytest.MonkeyPatch.context() as patch:
        for hop in vars(hops).values():
            if isinstance(hop, Hop):
                patch.setattr(hop, "_calls", calls)
                patch.setattr(hop, "_most", 0)
        yield calls


def complete(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine on the process's loop, with the calls of its hops in this thread.

    So they see the rows of the test's transaction, and its connection sees their queries.
    """
    with _hops_here() as calls:
        over = process_loop.submit(coroutine)
        over.add_done_callback(lambda _: calls.put(None))
        while call := calls.get(timeout=60):
            call.carry_out()
        return over.result()


def execute(run_id: str) -> None:
    """Carry out a run as far as it goes."""
    complete(runner.execute(run_id))
