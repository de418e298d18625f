"""The memory that all sessions together may use, and which of them end when they use more."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Version 2 and version 1. A group without a limit has the word `max`, or a number above all memory.
_GROUP_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


@dataclass(frozen=True)
class Held:
    """What one session holds, and for how many seconds it has been idle: 0 while it is busy."""

    memory_bytes: int
    idle_seconds: float


def machine_bytes() -> int:
    """Return the memory of this machine, or of the container if that has a limit."""
    most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for name in _GROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):
            most = min(most, int(Path(name).read_text()))
    return most


def sessions_to_end(sessions: Mapping[str, Held], most: int) -> list[str]:
    """Return the sessions to end so that the others hold at most `most` bytes.

    Idle sessions come first, the longest idle one before all others. A busy one ends only if that
    isn't enough: the one that holds most.
    """
    total = sum(held.memory_bytes for held in sessions.values())
    idle = [name for name, held in sessions.items() if held.idle_seconds]
    idle.sort(key=lambda name: sessions[name].idle_seconds, reverse=True)
    busy = [name for name, held in sessions.items() if not held.idle_seconds]
    busy.sort(key=lambda name: sessions[name].memory_bytes, reverse=True)
    ending: list[str] = []
    for name in (*idle, *busy):
        if total <= most:
            break
        total -= sessions[name].memory_bytes
        ending.append(name)
    return ending
