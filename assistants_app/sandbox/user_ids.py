"""As root: a user id of its own for the zygote and for each session, never 0."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.protocol import SandboxUnavailable

_SPARE = 64
# Processes of this machine that may hold sessions at one time.
_BLOCKS = 32


@dataclass
class UserIds:
    """`first` is the zygote's; slot n of `count` is `first + 1 + n`."""

    first: int
    count: int
    _claimed: socket.socket | None = None
    _taken: set[int] = field(default_factory=set)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def choose(cls, config: SandboxConfig) -> "UserIds":
        """A block from `first_uid` on, or in a container among the highest ids that it has, that
        no other process uses.

        Raises SandboxUnavailable where there are not enough.
        """
        count = config.max_sessions + _SPARE
        for first in _firsts(config.first_uid, count):
            if (claim := _claim(first)) is not None:
                return cls(first, count, claim)
        raise SandboxUnavailable(
            f"There are no {count + 1} spare user ids for sessions here: run the app as an "
            "ordinary user, or name a remote interpreter host."
        )

    def let_go(self) -> None:
        """The block may be another process's."""
        if self._claimed is not None:
            self._claimed.close()

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


def _firsts(wanted: int, count: int) -> Iterator[int]:
    """Where blocks may begin; 0 and the users of the system are never among them."""
    ranges = _mapped()
    size = count + 1
    for first in range(wanted, wanted + _BLOCKS * size, size):
        if any(start <= first and first + size <= end for start, end in ranges):
            yield first
    start, end = max(ranges, key=lambda one: one[1] - one[0])
    # The last two of 65,536 are nobody's.
    top = end - size - 2
    yield from (
        first for first in range(top, top - _BLOCKS * size, -size) if first > max(start, 1000)
    )


def _claim(first: int) -> socket.socket | None:
    """A name that only one process can have, and that is free again when that one ends."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0assistants-sandbox-users-{first}")
    except OSError:
        claim.close()
        return None
    return claim


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
