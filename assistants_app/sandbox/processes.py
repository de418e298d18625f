"""Processes of a session, seen and signalled from the host."""

import contextlib
import os
import select
import signal
from dataclasses import dataclass
from pathlib import Path


class Kill:
    """Handles on process 1 and on the interpreter that cannot hit another process by mistake."""

    def __init__(self, init: int, runner: int) -> None:
        self._init = os.pidfd_open(init)
        self._runner = os.pidfd_open(runner)

    @property
    def alive(self) -> bool:
        """Whether process 1 is there."""
        return not select.select([self._init], [], [], 0)[0]

    def now(self) -> None:
        """Kill process 1, and the kernel kills the rest of its namespace."""
        self._signal(self._init, signal.SIGKILL)

    def signal_runner(self, number: signal.Signals) -> None:
        """To the interpreter only."""
        self._signal(self._runner, number)

    def wait(self) -> None:
        """Until nothing of it runs, some seconds at most."""
        select.select([self._init], [], [], 10.0)

    def close(self) -> None:
        """Let go."""
        os.close(self._init)
        os.close(self._runner)

    @staticmethod
    def _signal(handle: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, number)


@dataclass(frozen=True)
class Usage:
    """Of all processes of a session: seconds of CPU, bytes of memory, threads, local sockets."""

    cpu_seconds: float
    threads: int
    sockets: int
    processes: tuple[int, ...]

    def memory_bytes(self) -> int:
        """Proportional set size; reading it costs milliseconds."""
        return sum(_pss(process) for process in self.processes)


def usage(init: int) -> Usage:
    """What the tree under process 1 uses; what ends while it is read counts as nothing."""
    ticks = threads = 0
    seen: list[int] = []
    waiting = [init]
    while waiting:
        process = waiting.pop()
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            waiting += _children(process)
        except (OSError, ValueError):
            continue
        seen.append(process)
        # utime, stime, cutime, cstime; num_threads
        ticks += sum(int(field) for field in fields[11:15])
        threads += int(fields[17])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), threads, _sockets(init), tuple(seen))


def _children(process: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(OSError):
            children += [int(child) for child in (task / "children").read_text().split()]
    return children


def _pss(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return 0


def _sockets(init: int) -> int:
    """Of the session's network namespace, where only local ones can be."""
    try:
        first = Path(f"/proc/{init}/net/sockstat").read_text().split("\n", 1)[0]
        return int(first.split()[-1])
    except (OSError, ValueError, IndexError):
        return 0
