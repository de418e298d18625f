"""Knobs of the sandbox: what one call may use, and how a backend is set up."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Of one call or session. Memory, processes, files and disk are fixed when a session begins."""

    wall_seconds: float = 120.0
    """Of one call; then the code is interrupted."""
    grace_seconds: float = 3.0
    """After an interrupt; then the session is killed."""
    cpu_seconds: float = 240.0
    """Of one call, all processes together."""
    memory_bytes: int = 1024 * MIB
    """Proportional set size of all processes together, beyond what the warm libraries take."""
    processes: int = 64
    """Processes and threads at one time."""
    open_files: int = 256
    """Of one process."""
    sockets: int = 512
    """Of a session, all of them local: their buffers are the kernel's memory."""
    disk_bytes: int = 1024 * MIB
    """Of /mnt/data, which is memory of the host."""
    disk_files: int = 16384
    """Files and folders of /mnt/data."""
    file_bytes: int = 512 * MIB
    """Of one file."""
    log_bytes: int = MIB
    """Of text kept of one call: the head and the tail, the middle is dropped."""
    image_bytes: int = 8 * MIB
    """Of one figure; a larger one is dropped with a word."""
    output_bytes: int = 32 * MIB
    """Of everything that one call may send; beyond it the session is killed."""
    changed_files: int = 100
    """Files told of after one call."""


@dataclass(frozen=True)
class SandboxConfig:
    """Where a local backend finds its parts, and how many sessions it holds."""

    environment: Path
    """The virtual environment of the libraries that code may import (`make` keeps `.sandbox`)."""
    idle_seconds: float = 3600.0
    """Without a call; then the session is closed."""
    max_sessions: int = 64
    """Of this backend; one more closes the session that was idle longest."""
    first_uid: int = 1_900_000_000
    """As root: the zygote's user id, and behind it one for each session. The default lies where
    neither systemd nor /etc/subuid gives ids.
    """
    niceness: int = 5
    """Of sessions, so that code gives way to the app."""
    start_seconds: float = 60.0
    """The longest that the zygote may take to import its libraries."""
    watch_seconds: float = 0.2
    """Between two looks at what sessions use."""
    cgroup: Path | None = None
    """A control group that is delegated to the app, with memory and pids: each session gets one
    below it. Without it the watchdog and the process limits of each user hold alone.
    """
