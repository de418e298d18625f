"""Control groups: the kernel's own bound on a session's memory and processes, where one is given.

The watchdog looks a few times a second; a group holds between two looks as well.
"""

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import SandboxUnavailable

# /tmp and /dev/shm of a session count as its memory, too.
_SCRATCH_BYTES = 128 << 20
_REMOVE_SECONDS = 2.0


@dataclass(frozen=True)
class Group:
    """One session's group; version 2, or the memory controller of version 1."""

    folder: Path

    @classmethod
    def make(cls, parent: Path, name: str, limits: Limits) -> "Group":
        """Below a folder that is delegated to the app.

        Raises SandboxUnavailable when that one cannot hold memory.
        """
        group = cls(parent / name)
        memory = limits.memory_bytes + limits.disk_bytes + _SCRATCH_BYTES
        try:
            group.folder.mkdir()
            if (group.folder / "memory.max").exists():
                group._write("memory.max", memory)
                group._write("memory.swap.max", 0)
                group._write("memory.oom.group", 1)
                # Process 1 of the session is one more.
                group._write("pids.max", limits.processes + 1)
            else:
                group._write("memory.limit_in_bytes", memory)
        except OSError as error:
            group.remove()
            raise SandboxUnavailable(
                f"{parent} is no control group with memory and pids that the app may divide "
                f"({error}): delegate one, or leave the setting empty."
            ) from error
        return group

    def add(self, processes: Iterable[int]) -> None:
        """Move processes in; what they start follows. Raises OSError."""
        for process in processes:
            self._write("cgroup.procs", process)

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the group."""
        for name in ("memory.events", "memory.oom_control"):
            with contextlib.suppress(OSError):
                words = (self.folder / name).read_text().split()
                return dict(zip(words[::2], words[1::2], strict=False)).get("oom_kill", "0") != "0"
        return False

    def remove(self) -> None:
        """Away, once its processes are gone."""
        deadline = time.monotonic() + _REMOVE_SECONDS
        while self.folder.is_dir():
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def _write(self, name: str, value: int) -> None:
        # Never made anew: in a control group the file is there, and elsewhere it must not be.
        with (self.folder / name).open("r+") as file:
            file.write(str(value))
