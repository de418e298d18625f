"""Looks at what sessions use, and ends those that use more than they may."""

import os
import time
from dataclasses import dataclass

from assistants_app.sandbox.processes import Usage, usage
from assistants_app.sandbox.session import Session

# A session that used no CPU since the last look is looked at this many times more rarely.
_RARELY = 5


@dataclass
class Watch:
    """One session under watch. `warm_bytes`: what it shares with the zygote and does not pay."""

    session: Session
    warm_bytes: int
    cpu_at_last_look: float = 0.0
    cpu_at_call: float = 0.0
    call: float | None = None
    quiet_looks: int = 0

    def look(self) -> None:
        """Kill the session when it is over a limit."""
        if not self.session.alive or self._may_wait():
            return
        used = usage(self.session.init)
        if used.cpu_seconds <= self.cpu_at_last_look and self.session.running_since is None:
            self.quiet_looks += 1
            return
        self.quiet_looks = 0
        self._note_call(used)
        self.cpu_at_last_look = used.cpu_seconds
        reason = self._excess(used)
        if reason and self.session.death is None:
            self.session.kill(reason)

    def _may_wait(self) -> bool:
        if self.session.running_since is not None or self.quiet_looks < 2:
            return False
        self.quiet_looks += 1
        return bool(self.quiet_looks % _RARELY)

    def _note_call(self, used: Usage) -> None:
        if self.call != self.session.running_since:
            self.call = self.session.running_since
            self.cpu_at_call = self.cpu_at_last_look

    def _excess(self, used: Usage) -> str | None:
        limits = self.session.limits
        cpu = used.cpu_seconds - self.cpu_at_call
        if cpu > limits.cpu_seconds:
            return f"The CPU limit of {limits.cpu_seconds:g} s was hit."
        if used.threads > limits.processes + 1:
            return f"The limit of {limits.processes} processes and threads was hit."
        if used.sockets > limits.sockets:
            return f"The limit of {limits.sockets} sockets was hit."
        if used.memory_bytes() > limits.memory_bytes + self.warm_bytes:
            return f"The memory limit of {limits.memory_bytes >> 20} MiB was hit."
        return self.session.out_of_memory()


def full_disk(session: Session) -> str | None:
    """A sentence when /mnt/data has no room left, by the descriptor that the jail sent."""
    status = os.fstatvfs(session.disk)
    if not status.f_bfree:
        return f"The disk limit of {session.limits.disk_bytes >> 20} MiB was hit."
    if not status.f_ffree:
        return f"The limit of {session.limits.disk_files} files was hit."
    return None


def idle_seconds(session: Session) -> float:
    """Since its last call ended; 0 while one runs."""
    if session.running_since is not None:
        return 0.0
    return time.monotonic() - session.used_at
