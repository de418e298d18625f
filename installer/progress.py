"""How far the downloads are, from what uv and pip print."""

import re
import threading
from collections.abc import Callable

MEGABYTES = {"K": 1 / 1024, "M": 1.0, "G": 1024.0}


class Progress:
    """Adds up the downloads of all installers that run at once."""

    def __init__(self, show: Callable[[str], None], packages: int) -> None:
        self._show = show
        self._packages = packages
        self._announced: dict[str, float] = {}
        self._arrived = 0.0
        self._collected = 0
        self._lock = threading.Lock()

    def read(self, line: str) -> None:
        """Take in one line of output, and show what it changes."""
        with self._lock:
            if text := self._after(line):
                self._show(text)

    def _after(self, line: str) -> str:
        # uv names the large packages alone: "Downloading numpy (16.1MiB)", " Downloaded numpy".
        if match := re.match(r"Downloading (\S+) \(([\d.]+)([KMG])iB\)", line):
            self._announced[match[1]] = float(match[2]) * MEGABYTES[match[3]]
        elif match := re.match(r"\s+Downloaded (\S+)", line):
            self._arrived += self._announced.get(match[1], 0.0)
        elif line.startswith("Collecting "):  # pip, once per package
            self._collected += 1
            return f"{self._collected} of {self._packages}"
        else:
            return ""
        return f"{self._arrived:.0f} of {sum(self._announced.values()):.0f} MB"
