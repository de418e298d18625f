"""As root: a user id of its own for the zygote and for each session, never 0."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.protocol import SandboxUnavailable

_SPARE = 64


@dataclass
class UserIds:
    """`first` is the zygote's; slot n of `count` is `first + 1 + n`."""

    first: int
    count: int
    _taken: set[int] = field(default_factory=set)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def choose(cls, config: SandboxConfig) -> "UserIds":
        """Ids from `first_uid`, or in a container the highest that it has.

        Raises SandboxUnavailable where there are not enough.
        """
        count = config.max_sessions + _SPARE
        ranges = _mapped()
        if any(start <= config.first_uid <= end - count - 1 for start, end in ranges):
            return cls(config.first_uid, count)
        start, end = max(ranges, key=lambda one: one[1] - one[0])
        # The last two of 65,536 are nobody's.
        first = end - count - 3
        if first <= max(start, 1000):
            raise SandboxUnavailable(
                f"The container has no {count + 1} spare user ids for sessions: run the app as an "
                "ordinary user, or name a remote interpreter host."
            )
        return cls(first, count)

    def take(self) -> int:
        """A free slot, the one that was free longest."""
        with self._lock:
            for step in range(self.count):
                slot = (self._next + step) % self.count
                if slot not in self._taken:
                    self._taken.add(slot)
                    self._next = slot + 1
                    return slot
        raise SandboxUnavailable("Every session is taken: close one, or raise their number.")

    def give_back(self, slot: int) -> None:
        """Its session is gone."""
        with self._lock:
            self._taken.discard(slot)


def refuse_disguised_root() -> None:
    """An app that is root outside its user namespace would run code as root of the machine."""
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, outside, count = (int(number) for number in line.split())
        if inside <= os.geteuid() < inside + count and not outside + os.geteuid() - inside:
            raise SandboxUnavailable(
                "The app is root under another name, as whom no code may run: start it as root or "
                "as an ordinary user, or name a remote interpreter host."
            )


def _mapped() -> list[tuple[int, int]]:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    rows = [[int(number) for number in line.split()] for line in lines]
    return [(inside, inside + count) for inside, _, count in rows]
