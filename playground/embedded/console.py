"""Writes log lines of the parts and messages of the launcher, one whole line at a time."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import TextIO

# 256-colour numbers that are readable on dark and on light backgrounds, assigned in turn.
COLOURS = (33, 71, 172, 133, 37, 167)
NAME_WIDTH = 8


class Console:
    """Line output shared by all threads, in colour on a terminal unless NO_COLOR is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()
        self._names: list[str] = []

    def sink(self, name: str, *, but: str = "\0") -> Callable[[str], None]:
        """Return a function that writes a line of the part `name`, unless it begins with `but`."""
        if name not in self._names:
            self._names.append(name)
        prefix = f"{name:<{NAME_WIDTH}} | "
        if self._coloured:
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = f"\033[38;5;{colour}m{prefix}\033[0m"
        return lambda line: None if line.startswith(but) else self.say(f"{prefix}{line}")

    def say(self, text: str) -> None:
        """Write `text` and a line end."""
        # The reader of our output may be gone, as in `make run | head`. The parts go on.
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            self._stream.write(f"{text}\n")
            self._stream.flush()
