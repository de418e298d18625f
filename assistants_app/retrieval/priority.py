"""Work that can wait steps back behind what people wait for."""

import contextlib
import os
from pathlib import Path


def step_back(niceness: int) -> None:
    """Lower this process's priority, also on Linux where sessions share the processor as groups and
    a niceness counts within its session alone (sched(7), "The autogroup feature").
    """
    os.nice(niceness)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))
