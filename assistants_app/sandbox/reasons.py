"""Which limit an error of the code comes from, in a sentence for the model."""

from assistants_app.sandbox.session import Session
from assistants_app.sandbox.watchdog import full_disk

_MIB = 1 << 20


def explain(session: Session, error: str | None) -> str | None:
    """None when the error is the code's own; the session goes on in every case."""
    if not error:
        return None
    limits = session.limits
    last = error.rstrip().rpartition("\n")[2]
    if "MemoryError" in last or "Cannot allocate memory" in last:
        return f"The memory limit of {limits.memory_bytes // _MIB} MiB was hit."
    if "No space left on device" in last:
        return full_disk(session) or f"The disk limit of {limits.disk_bytes // _MIB} MiB was hit."
    if "File too large" in last:
        return f"The limit of {limits.file_bytes // _MIB} MiB for one file was hit."
    if "can't start new thread" in last or "Resource temporarily unavailable" in last:
        return f"The limit of {limits.processes} processes and threads was hit."
    if "Too many open files" in last:
        return f"The limit of {limits.open_files} open files was hit."
    return None
