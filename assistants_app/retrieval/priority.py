"""Lets background work give way to work that people wait for."""

import contextlib
import os
from pathlib import Path


def step_back(niceness: int) -> None:
    """Lower the priority of this process, and of its session if it leads one."""
    os.nice(niceness)
    # With Linux's autogroups, sessions share the processor as groups and a niceness only counts
    # within its own session: sched(7), "The autogroup feature". A process that does not lead its
    # session leaves the session's niceness alone, because it would slow down its neighbours.
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))
