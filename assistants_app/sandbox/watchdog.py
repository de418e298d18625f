"""The watchdog: measures what sessions use and ends sessions that exceed a limit.

The kernel's limits hold for one process; these hold for all processes of a session together.
"""

import os
import time
from dataclasses import dataclass

from assistants_app.sandbox.budget import Held
from assistants_app.sandbox.processes import Usage, usage
from assistants_app.sandbox.session import Session

# Idle sessions are checked only on every fifth look, since a look reads /proc for each process.
_IDLE_FACTOR = 5


@dataclass
class Watch:
    """One watched session. `warm_bytes` is the memory it shares with the zygote, free of charge."""

    session: Session
    warm_bytes: int
    memory_bytes: int = 0
    cpu_at_last_look: float = 0.0
    cpu_at_call: float = 0.0
    call: float | None = None
    quiet_looks: int = 0

    def look(self) -> None:
        """Kill the session if it exceeds a limit."""
        if not self.session.alive or self._can_skip():
            return
        used = usage(self.session.init)
        # Without CPU time nothing can have grown, so the costly reading of memory is skipped.
        if used.cpu_seconds <= self.cpu_at_last_look and self.session.running_since is None:
            self.quiet_looks += 1
            return
        self.quiet_looks = 0
        self._note_start_of_call(used)
        self.cpu_at_last_look = used.cpu_seconds
        self.memory_bytes = used.memory_bytes()
        reason = self._exceeded_limit(used)
        if reason and self.session.death is None:
            self.session.kill(reason)

    def held(self) -> Held:
        """Return what the session holds, by the last look at it."""
        return Held(self.memory_bytes + self.session.disk_bytes(), idle_seconds(self.session))

    def _can_skip(self) -> bool:
        if self.session.running_since is not None or self.quiet_looks < 2:
            return False
        self.quiet_looks += 1
        return bool(self.quiet_looks % _IDLE_FACTOR)

    def _note_start_of_call(self, used: Usage) -> None:
        # The limit is per call, but processes that an earlier call left running still count.
        if self.call != self.session.running_since:
            self.call = self.session.running_since
            self.cpu_at_call = self.cpu_at_last_look

    def _exceeded_limit(self, used: Usage) -> str | None:
        limits = self.session.limits
        cpu = used.cpu_seconds - self.cpu_at_call
        if cpu > limits.cpu_seconds:
            return f"The CPU limit of {limits.cpu_seconds:g} s was reached."
        # One more for process 1 of the session.
        if used.threads > limits.processes + 1:
            return f"The limit of {limits.processes} processes and threads was reached."
        if used.sockets > limits.sockets:
            return f"The limit of {limits.sockets} sockets was reached."
        if self.memory_bytes > limits.memory_bytes + self.warm_bytes:
            return f"The memory limit of {limits.memory_bytes >> 20} MiB was reached."
        return self.session.out_of_memory()


def full_disk(session: Session) -> str | None:
    """Return a sentence if /mnt/data has no space or no files left, else None."""
    # By a descriptor from before any code ran: the host opens no path that a session controls.
    status = os.fstatvfs(session.disks[0])
    if not status.f_bfree:
        return f"The disk limit of {session.limits.disk_bytes >> 20} MiB was reached."
    if not status.f_ffree:
        return f"The limit of {session.limits.disk_files} files was reached."
    return None


def idle_seconds(session: Session) -> float:
    """Return the seconds since the last call ended; 0 while a call runs or files are read."""
    if session.running_since is not None or session.lock.locked():
        return 0.0
    return time.monotonic() - session.used_at
