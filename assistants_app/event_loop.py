"""The event loop of this process, in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread, which starts with the first use.

    A forked process starts a loop of its own.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop."""
        with self._lock:
            # Not alive in a forked process, which inherits the object but not the thread.
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop

    @property
    def thread_id(self) -> int | None:
        """The identifier of the loop's thread, or None before the first use."""
        return None if self._thread is None else self._thread.ident

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start the coroutine on the loop. Can be called from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine on the loop and wait for it. Return its result, or raise its error.

        Raises :class:`RuntimeError` in the loop's own thread, which would wait for itself.
        """
        if threading.get_ident() == self.thread_id:
            coroutine.close()
            raise RuntimeError(f"The thread of {self._name} can't wait for its own loop.")
        return self.submit(coroutine).result()


process_loop = LoopThread("event-loop")
