"""How long the indexing of a store's files still takes.

Nobody notes when a file was indexed. So a page that polls sends along how many files were done when
it began to look, and when that was.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from assistants_app.rendering.components.durations import time_left
from assistants_app.web.http import whole_number

SHORT = 5  # seconds; the page doesn't announce shorter waits
_EPOCH = 1_700_000_000  # a time has few digits since then


@dataclass(frozen=True, slots=True)
class Pace:
    """How many files were `done` when a page began to look, at this time in seconds."""

    done: int
    began: float

    @property
    def query(self) -> str:
        """Return what the page's next request sends along."""
        return urlencode({"had": self.done, "began": int(self.began) - _EPOCH})

    def time_left(self, *, done: int, left: int) -> str:
        """Return in words how long the files take that are left, or "" if that isn't known."""
        seconds = time.time() - self.began
        if done <= self.done or seconds <= 0:
            return ""
        expected = left * seconds / (done - self.done)
        return time_left(expected) if expected > SHORT else ""


def pace_of(query: Mapping[str, str], *, done: int) -> Pace:
    """Return the pace that a request goes on with, or a new one."""
    had, began = (whole_number(query.get(name, "")) for name in ("had", "began"))
    now = time.time()
    if had is None or began is None or had > done or began + _EPOCH > now:
        return Pace(done, now)
    return Pace(had, began + _EPOCH)
