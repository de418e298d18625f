"""Control groups: exact limits on a session's memory and processes, where a group is delegated.

The watchdog checks a few times a second; a group also holds between two checks.
"""

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import SandboxUnavailable

# /tmp and /dev/shm are tmpfs of 64 MiB each (`guest/jail.py`) and count as the group's memory.
_SCRATCH_BYTES = 128 << 20
# A group cannot be removed while processes that were just killed are still leaving it.
_REMOVE_SECONDS = 2.0


@dataclass(frozen=True)
class Group:
    """The control group of one session: version 2, or the memory controller of version 1."""

    folder: Path

    @classmethod
    def make(cls, parent: Path, name: str, limits: Limits) -> "Group":
        """Create a group below a folder that is delegated to the app.

        Raises SandboxUnavailable if the folder cannot limit memory.
        """
        group = cls(parent / name)
        memory = limits.memory_bytes + limits.disk_bytes + _SCRATCH_BYTES
        try:
            group.folder.mkdir()
            if (group.folder / "memory.max").exists():
                group._write("memory.max", memory)
                # Otherwise the kernel would swap out what exceeds the limit.
                group._write("memory.swap.max", 0)
                # Out of memory ends the whole session: half a process tree is of no use.
                group._write("memory.oom.group", 1)
                # One more for process 1 of the session.
                group._write("pids.max", limits.processes + 1)
            else:
                group._write("memory.limit_in_bytes", memory)
        except OSError as error:
            group.remove()
            raise SandboxUnavailable(
                f"{parent} isn't a control group in which the app can limit memory and processes "
                f"({error}). Delegate one to the app, or leave the setting empty."
            ) from error
        return group

    def add(self, processes: Iterable[int]) -> None:
        """Move processes into the group; processes that they start follow. Raises OSError."""
        for process in processes:
            self._write("cgroup.procs", process)

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of the group for lack of memory."""
        for name in ("memory.events", "memory.oom_control"):
            with contextlib.suppress(OSError):
                words = (self.folder / name).read_text().split()
                return dict(zip(words[::2], words[1::2], strict=False)).get("oom_kill", "0") != "0"
        return False

    def remove(self) -> None:
        """Remove the group once its processes have ended."""
        deadline = time.monotonic() + _REMOVE_SECONDS
        while self.folder.is_dir():
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def _write(self, name: str, value: int) -> None:
        # `r+` never creates a file: a control group has this one, and another folder must not
        # get it.
        with (self.folder / name).open("r+") as file:
            file.write(str(value))
