"""Writes the parts' log lines and our own sentences, one whole line at a time."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import TextIO

# 256-colour numbers that read on dark and light grounds, given out in turn.
COLOURS = (33, 71, 172, 133, 37, 167)
NAME_WIDTH = 8


class Console:
    """Line output shared by all threads. Colours only on a terminal and without NO_COLOR."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()
        self._names: list[str] = []

    def sink(self, name: str) -> Callable[[str], None]:
        """A function that writes a line of the part `name`."""
        if name not in self._names:
            self._names.append(name)
        prefix = f"{name:<{NAME_WIDTH}} | "
        if self._coloured:
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = f"\033[38;5;{colour}m{prefix}\033[0m"
        return lambda line: self.say(f"{prefix}{line}")

    def say(self, text: str) -> None:
        """Writes `text` and a line end."""
        # Whoever read us may be gone; that must not end the parts.
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            self._stream.write(f"{text}\n")
            self._stream.flush()
