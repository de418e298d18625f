"""Keeps parts running: restarts parts that die, stops all in order, and handles Ctrl-C."""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from playground.embedded.errors import LaunchError
from playground.embedded.part import Part
from playground.embedded.process import describe_end

# A part that ends sooner than this after its start counts as a quick death ...
QUICK_DEATH_SECONDS = 10.0
# ... and after this many in a row, everything ends, if nothing can live without the part.
QUICK_DEATHS_ALLOWED = 6
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.1, 60.0
POLL_SECONDS = 0.02
# Seconds that a part in the middle of its start (creating the database) may take to stop.
LAST_STEP_SECONDS = 1.5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """Raised when Ctrl-C or a signal asks for the end."""


class Supervisor:
    """Runs each part in a thread that starts it again when it ends.

    To the kernel that thread is the parent (see `Child`), so it waits for the process itself.

    `patient`: a part that ends with an error waits for `restart` instead of trying again, since
    only the developer's next edit can help.
    """

    def __init__(self, say: Callable[[str], None], *, patient: bool = False) -> None:
        self._say = say
        self._patient = patient
        self._restarts: dict[Part, threading.Event] = {}
        self._broken: set[Part] = set()
        self._parts: list[Part] = []
        self._threads: list[threading.Thread] = []
        self._settled: set[Part] = set()
        self._dispensable: set[Part] = set()
        self._stopping = threading.Event()
        self._stop_requested = False
        self._handles_signals = False
        self._failure: LaunchError | None = None
        # Signal handlers and threads wake the main thread through a pipe. An Event could deadlock
        # if a handler set it while the same thread waits on it.
        self._wake_end, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    def handle_signals(self) -> None:
        """Make Ctrl-C, SIGTERM and a closed terminal ask for an orderly end."""
        # Python calls handlers between two instructions. A signal just before `select` begins to
        # wait would be noticed only after it, so the signal itself wakes `select` too.
        self._handles_signals = True
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def keep(self, part: Part, *, essential: bool = True) -> None:
        """Start `part` and keep it running.

        A part that has been ready and then ends again and again ends everything if it is
        `essential`. Otherwise it is tried again, after ever longer pauses.
        """
        self._parts.append(part)
        if not essential:
            self._dispensable.add(part)
        self._restarts[part] = threading.Event()
        thread = threading.Thread(target=self._keep, args=(part,), name=part.name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def pause(self, seconds: float | None = None) -> None:
        """Wait. Raises StopRequested, or the LaunchError of a part that failed for good."""
        if not self._stop_requested and self._failure is None:
            select.select([self._wake_end], [], [], seconds)
        if self._stop_requested:
            raise StopRequested
        if self._failure is not None:
            raise self._failure

    def wait_ready(self, *parts: Part, timeout: float) -> None:
        """Return when all parts serve. Raises as `pause`, and LaunchError after `timeout` s."""
        deadline = time.monotonic() + timeout
        for part in parts:
            while not (part.child and part.child.is_alive() and part.is_ready()):
                if time.monotonic() > deadline:
                    raise part.failure(f"was not ready after {timeout:g} s")
                self.pause(POLL_SECONDS)
            self._settled.add(part)

    def settle(self, part: Part) -> None:
        """Count the part as started: from now on its death leads to a restart."""
        self._settled.add(part)

    def restart(self, part: Part) -> None:
        """Stop the part's process and start it again. Returns when the old one has ended."""
        # Before the part's thread wakes up: the caller asks at once whether the part is broken.
        self._broken.discard(part)
        self._restarts[part].set()
        part.stop(part.stop_seconds)

    def is_broken(self, part: Part) -> bool:
        """Return whether the part has failed and waits for `restart`."""
        return part in self._broken

    def stop(self, stages: Sequence[Sequence[Part]]) -> None:
        """Stop the parts stage by stage, each stage within its parts' `stop_seconds`."""
        self._stopping.set()
        for waiting in self._restarts.values():
            waiting.set()
        for stage in stages:
            running = [part for part in stage if part in self._parts]
            stoppers = [
                threading.Thread(target=part.stop, args=(part.stop_seconds,)) for part in running
            ]
            for stopper in stoppers:
                stopper.start()
            for stopper in stoppers:
                stopper.join()
        for thread in self._threads:
            thread.join(LAST_STEP_SECONDS)

    def close(self) -> None:
        """Close the pipe, after `stop`."""
        if self._handles_signals:
            signal.set_wakeup_fd(-1)
        os.close(self._wake_end)
        os.close(self._wake)

    def _keep(self, part: Part) -> None:
        quick_deaths = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            end = self._run_once(part)
            if not end:
                return
            if self._restarts[part].is_set():
                self._restarts[part].clear()
                quick_deaths = 0
                continue
            if self._patient and part in self._settled:
                self._broken.add(part)
                self._say(f"{part.name} {end}. It starts again when you change the code.")
                self._restarts[part].wait()
                self._restarts[part].clear()
                continue
            if part not in self._settled:
                self._give_up(part.failure(f"did not start: it {end}"))
                return
            lived = time.monotonic() - began
            quick_deaths = quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 1
            if quick_deaths >= QUICK_DEATHS_ALLOWED and part not in self._dispensable:
                self._give_up(part.failure(f"ended {quick_deaths} times soon after its start"))
                return
            delay = min(FIRST_DELAY_SECONDS * 2 ** min(quick_deaths - 1, 16), LONGEST_DELAY_SECONDS)
            self._say(f"{part.name} {end}. Restarting in {delay:g} s.")
            if self._restarts[part].wait(delay):
                self._restarts[part].clear()
                quick_deaths = 0

    def _run_once(self, part: Part) -> str:
        """Return how the part ended, or nothing if everything has to."""
        try:
            child = part.launch()
        except (LaunchError, OSError) as error:
            if part in self._dispensable and part in self._settled:
                return f"can't be started: {error}"
            if not isinstance(error, LaunchError):
                error = LaunchError(f"{part.name} can't be started: {error}")
            self._give_up(error)
            return ""
        if self._stopping.is_set():
            part.stop(part.stop_seconds)
            return ""
        status = child.wait()
        if status is None or self._stopping.is_set():
            return ""
        part.after_end()
        return describe_end(status)

    def _give_up(self, failure: LaunchError) -> None:
        self._failure = self._failure or failure
        self._wake_main_thread()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True
        self._wake_main_thread()

    def _wake_main_thread(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b".")
