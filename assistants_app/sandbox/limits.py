"""Settings of the sandbox: the limits of one call, and the configuration of a backend."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of a call or a session.

    Limits on memory, processes, files and disk are fixed when the session starts.
    """

    wall_seconds: float = 120.0
    """Time for one call, after which the code is interrupted."""
    grace_seconds: float = 3.0
    """Time after an interrupt, after which the session is killed."""
    cpu_seconds: float = 240.0
    """CPU time of one call, summed over all processes."""
    memory_bytes: int = 1024 * MIB
    """Proportional set size of all processes together, not counting the warm libraries."""
    processes: int = 64
    """Processes and threads at any one time."""
    open_files: int = 256
    """Open files of one process."""
    # Socket buffers are kernel memory, which neither RLIMIT_AS nor PSS counts.
    sockets: int = 512
    """Sockets of a session, all of them local."""
    # /mnt/data is a tmpfs: whatever it holds is memory of the host.
    disk_bytes: int = 1024 * MIB
    """Size of /mnt/data."""
    # Empty files cost memory too: without this limit a prototype lost 508 MiB to them in 8 seconds.
    disk_files: int = 16384
    """Files and folders in /mnt/data."""
    file_bytes: int = 512 * MIB
    """Size of one file."""
    log_bytes: int = MIB
    """Text kept of one call, half from its start and half from its end; the middle is dropped."""
    image_bytes: int = 8 * MIB
    """Size of one figure; a larger one is replaced by a note."""
    # The host keeps a call's outputs in memory until the call ends.
    output_bytes: int = 32 * MIB
    """Everything that one call may send; beyond it the session is killed."""
    changed_files: int = 100
    """Files reported after one call."""


@dataclass(frozen=True)
class SandboxConfig:
    """Where a local backend finds its parts, and how many sessions it holds."""

    environment: Path
    """Virtual environment of the libraries that code may import (`make` creates `.sandbox`)."""
    idle_seconds: float = 3600.0
    """Time without a call, after which a session is closed."""
    zygote_idle_seconds: float = 60.0
    """Time without any session, after which the zygote ends and frees its 100 MB."""
    memory_bytes: int = 0
    """Memory of all sessions together; 0 is half of the machine's. Beyond it, those end that have
    been idle longest."""
    max_sessions: int = 64
    """Sessions of this backend. One more closes the session that has been idle longest."""
    # Neither systemd nor /etc/subuid hands out ids in this range.
    first_uid: int = 1_900_000_000
    """User id of the zygote if the app runs as root; the sessions get the ids after it."""
    niceness: int = 5
    """Niceness of sessions, so that the app comes first."""
    start_seconds: float = 60.0
    """Time for the zygote to import its libraries."""
    # The longest time that a bomb of many processes can exceed its memory limit unnoticed.
    watch_seconds: float = 0.2
    """Interval between two checks of what the sessions use."""
    # Without one, only the watchdog and the limits of each process and user hold.
    cgroup: Path | None = None
    """Control group with `memory` and `pids`, delegated to the app; sessions get groups below."""
