"""A user id of its own for the zygote and for each session if the app runs as root.

Code must never run as user 0 of the kernel: it could write /proc/sys/kernel/core_pattern, an escape
that neither seccomp nor dropped capabilities prevent. And with one user for all sessions, a single
one could use up the process limit of every other.
"""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.protocol import SandboxUnavailable

# Ids beyond the number of sessions, so that a freed id is not given to the very next session.
_SPARE = 64
# Processes on this machine that can hold sessions at the same time.
_BLOCKS = 32


@dataclass
class UserIds:
    """A block of ids: `first` is the zygote's, and slot n of `count` has `first + 1 + n`."""

    first: int
    count: int
    _claimed: socket.socket | None = None
    _taken: set[int] = field(default_factory=set)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def choose(cls, config: SandboxConfig) -> "UserIds":
        """Claim a block that no other process uses, at `first_uid` or above.

        In a container that lacks those ids, the block is among its highest ones. Raises
        SandboxUnavailable if there are not enough ids.
        """
        count = config.max_sessions + _SPARE
        for first in _possible_starts(config.first_uid, count):
            if (claim := _claim(first)) is not None:
                return cls(first, count, claim)
        raise SandboxUnavailable(
            f"This system doesn't have {count + 1} spare user ids for sessions. Run the app as an "
            "ordinary user, or use a remote interpreter host."
        )

    def let_go(self) -> None:
        """Give up the block, so that another process can claim it."""
        if self._claimed is not None:
            self._claimed.close()

    def take(self) -> int:
        """Return the slot that has been free longest. Raises SandboxUnavailable without one."""
        with self._lock:
            for step in range(self.count):
                slot = (self._next + step) % self.count
                if slot not in self._taken:
                    self._taken.add(slot)
                    self._next = slot + 1
                    return slot
        raise SandboxUnavailable("All sessions are in use. Close one, or raise the limit.")

    def give_back(self, slot: int) -> None:
        """Free the slot of a session that has ended."""
        with self._lock:
            self._taken.discard(slot)


def _possible_starts(wanted: int, count: int) -> Iterator[int]:
    # Never 0, and never ids that users of the system have.
    ranges = _mapped_ranges()
    size = count + 1
    for first in range(wanted, wanted + _BLOCKS * size, size):
        if any(start <= first and first + size <= end for start, end in ranges):
            yield first
    start, end = max(ranges, key=lambda one: one[1] - one[0])
    # 65534 and 65535 stand for "nobody" and "no id".
    top = end - size - 2
    yield from (
        first for first in range(top, top - _BLOCKS * size, -size) if first > max(start, 1000)
    )


def _claim(first: int) -> socket.socket | None:
    # Only one process can bind an abstract name, and the kernel frees it when that process ends.
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0assistants-sandbox-users-{first}")
    except OSError:
        claim.close()
        return None
    return claim


def refuse_disguised_root() -> None:
    """Raise SandboxUnavailable if the app is an ordinary user only inside its user namespace.

    Outside it would be root, and so would the code.
    """
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, outside, count = (int(number) for number in line.split())
        if inside <= os.geteuid() < inside + count and not outside + os.geteuid() - inside:
            raise SandboxUnavailable(
                "The app is root under another name, so no code can run. Start it as root or "
                "as an ordinary user, or use a remote interpreter host."
            )


def _mapped_ranges() -> list[tuple[int, int]]:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    rows = [[int(number) for number in line.split()] for line in lines]
    return [(inside, inside + count) for inside, _, count in rows]
