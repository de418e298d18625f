"""Numbered lines that say what is being done and how far it is."""

import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO

TICK_SECONDS = 0.5
CLEAR_LINE = "\r\033[K"


class Steps:
    """Steps of one start. Use ``with steps.step("Installing"):`` for each.

    A terminal's line is rewritten while its step goes on. Elsewhere a step's line is begun when
    the step begins, and ended with the seconds it took.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.done = 0
        self._total = total
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._lock = threading.Lock()
        self._title = self._progress = ""
        self._began = 0.0
        self._over = threading.Event()

    def step(self, title: str) -> Self:
        """Begin a step with the next number."""
        self._title, self._progress, self._began = title, "", time.monotonic()
        return self

    def progress(self, text: str) -> None:
        """Say how far the step is, such as `41 of 98 MB`."""
        self._progress = f"{text}, "

    def note(self, text: str) -> None:
        """Write a line of its own while a step goes on."""
        self._write(f"{CLEAR_LINE}{text}\n" if self._terminal else f"\n{text}\n")

    def __enter__(self) -> Self:
        self._over.clear()
        self._write(f"{self._line} ...")
        if self._terminal:
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        seconds = "" if kind else f" {time.monotonic() - self._began:.0f} s"
        again = f"{CLEAR_LINE}{self._line} ..." if self._terminal else ""
        self._write(f"{again}{seconds}\n")
        self.done += kind is None

    @property
    def _line(self) -> str:
        return f"[{self.done + 1}/{self._total}] {self._title}"

    def _tick(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            seconds = time.monotonic() - self._began
            self._write(f"{CLEAR_LINE}{self._line} ... {self._progress}{seconds:.0f} s")

    def _write(self, text: str) -> None:
        with self._lock:
            self._stream.write(text)
            self._stream.flush()
