"""The processes of a session, inspected and signalled from the host."""

import contextlib
import os
import select
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class Kill:
    """Handles on process 1 and on the interpreter of a session."""

    def __init__(self, init: int, runner: int) -> None:
        # Unlike a process id, a pidfd cannot refer to a later process that got the same number.
        self._init = os.pidfd_open(init)
        self._runner = os.pidfd_open(runner)

    @property
    def alive(self) -> bool:
        """Whether process 1 is running."""
        # A pidfd becomes readable when its process ends.
        return not select.select([self._init], [], [], 0)[0]

    def now(self) -> None:
        """Kill process 1; the kernel then kills the rest of its namespace."""
        self._signal(self._init, signal.SIGKILL)

    def signal_runner(self, number: signal.Signals) -> None:
        """Send a signal to the interpreter only."""
        self._signal(self._runner, number)

    def wait(self) -> None:
        """Wait for process 1 to end, at most 10 seconds."""
        select.select([self._init], [], [], 10.0)

    def close(self) -> None:
        """Release the handles."""
        os.close(self._init)
        os.close(self._runner)

    @staticmethod
    def _signal(handle: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, number)


def die_first(processes: Iterable[int]) -> None:
    """Make these the first processes that end when the machine runs out of memory, if permitted.

    A session does so itself. As root, this also keeps it from taking that back.
    """
    for process in processes:
        with contextlib.suppress(OSError):
            Path(f"/proc/{process}/oom_score_adj").write_text("1000")


@dataclass(frozen=True)
class Usage:
    """Use of a session: CPU seconds, threads, local sockets, and the ids of its processes."""

    cpu_seconds: float
    threads: int
    sockets: int
    processes: tuple[int, ...]

    def memory_bytes(self) -> int:
        """Return the proportional set size of all processes. Reading it takes milliseconds."""
        return sum(_pss_bytes(process) for process in self.processes)


def usage(init: int) -> Usage:
    """Return what the tree below process 1 uses."""
    ticks = threads = 0
    seen: list[int] = []
    waiting = [init]
    while waiting:
        process = waiting.pop()
        try:
            # The command's name comes before the last parenthesis, and may hold any character.
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            waiting += _children_of(process)
        except (OSError, ValueError):
            # It ended while it was read.
            continue
        seen.append(process)
        # utime, stime, and those of children that ended: a storm of short processes counts, too.
        ticks += sum(int(field) for field in fields[11:15])
        # num_threads
        threads += int(fields[17])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), threads, _socket_count(init), tuple(seen))


def _children_of(process: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(OSError):
            children += [int(child) for child in (task / "children").read_text().split()]
    return children


def _pss_bytes(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return 0


def _socket_count(init: int) -> int:
    # The whole network namespace of the session, in which only local sockets can exist.
    try:
        first = Path(f"/proc/{init}/net/sockstat").read_text().split("\n", 1)[0]
        return int(first.split()[-1])
    except (OSError, ValueError, IndexError):
        return 0
