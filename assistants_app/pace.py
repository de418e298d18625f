"""The pace of projects, so that a flood of one of them leaves processor time to the others."""

import math
import threading
import time

RESTS = 2.0
"""A project that has to slow down pauses after each use, for this multiple of what it took."""

ACTIVE = 2.0  # seconds after its last request in which a project counts as active
FADES = 2.0  # seconds after which a use has lost two thirds of its weight
COMPARED = 0.05  # seconds after which all projects are compared again
KEPT = 60.0  # seconds after which the weights start again, before they get too large for a float


class Pace:
    """Finds the projects that have to slow down because others use less.

    Turns alone aren't enough where processors are what everybody waits for: a flood that always has
    work in turn keeps them busy, and all others take several times as long. So a project slows down
    while another one is active that has lately used less than half as much. Can be used in threads.
    """

    def __init__(self) -> None:
        # What each active project has used, in seconds, and when it was last seen. Later uses weigh
        # more, so that the earlier ones fade without a change.
        self._used: dict[str, tuple[float, float]] = {}
        self._since = self._compared = time.monotonic()
        self._least = 0.0
        self._lock = threading.Lock()

    def arrive(self, project_id: str) -> None:
        """Count the project as active from now on."""
        self.use(project_id, 0.0)

    def use(self, project_id: str, seconds: float) -> None:
        """Count what the project has used."""
        now = time.monotonic()
        weight = math.exp((now - self._since) / FADES)
        with self._lock:
            used, _ = self._used.get(project_id, (0.0, 0.0))
            self._used[project_id] = used + seconds * weight, now

    def is_slow(self, project_id: str) -> bool:
        """Return whether this project has to slow down at the moment."""
        if len(self._used) < 2:
            return False
        now = time.monotonic()
        if now - self._compared > COMPARED:
            self._compare(now)
        used, _ = self._used.get(project_id, (0.0, 0.0))
        return used > 2 * self._least

    def _compare(self, now: float) -> None:
        with self._lock:
            fade = math.exp((self._since - now) / FADES) if now - self._since > KEPT else 1.0
            self._used = {
                project_id: (used * fade, seen)
                for project_id, (used, seen) in self._used.items()
                if now - seen < ACTIVE
            }
            if fade < 1.0:
                self._since = now
            self._compared = now
            self._least = min((used for used, _ in self._used.values()), default=0.0)


pace = Pace()
"""The pace of the projects in this process."""
