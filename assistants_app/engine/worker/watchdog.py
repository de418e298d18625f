"""Notice code that blocks the event loop, and log where."""

import asyncio
import logging
import sys
import threading
import traceback

logger = logging.getLogger(__name__)

BLOCKED_SECONDS = 0.25
PAUSE_SECONDS = 0.1  # between two checks of a loop that answers


class Watchdog:
    """Checks from a thread of its own that a loop answers, and logs its stack once if it doesn't.

    Checks only while it is switched on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, thread_id: int | None) -> None:
        self._loop = loop
        self._thread_id = thread_id
        self._is_on = threading.Event()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def switch(self, *, on: bool) -> None:
        """Begin or stop checking. Never waits."""
        if on:
            self._is_on.set()
        else:
            self._is_on.clear()

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            self._is_on.wait()
            answered = threading.Event()
            self._loop.call_soon_threadsafe(answered.set)
            if not answered.wait(BLOCKED_SECONDS):
                self._log_stack()
                # Once per blockage, however long it is.
                answered.wait()
            pause.wait(PAUSE_SECONDS)

    def _log_stack(self) -> None:
        frame = sys._current_frames().get(self._thread_id or 0)
        stack = "".join(traceback.format_stack(frame)) if frame else "(its thread has ended)\n"
        logger.warning(
            "The event loop was blocked for %d ms, and all runs of this worker with it, by this "
            "call or, if the last lines differ each time, by too much work for one core:\n%s",
            BLOCKED_SECONDS * 1000,
            stack.rstrip(),
        )
