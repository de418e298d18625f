"""Sentences for the model that name the limit behind an error of its code."""

from assistants_app.sandbox.session import Session
from assistants_app.sandbox.watchdog import full_disk

_MIB = 1 << 20


def explain(session: Session, error: str | None) -> str | None:
    """Return the limit that caused the error, in one sentence, or None for the code's own error."""
    if not error:
        return None
    limits = session.limits
    # The last line of a traceback has the exception. The kernel enforced these limits inside the
    # session, so the host sees no more of them than the code does.
    last = error.rstrip().rpartition("\n")[2]
    if "MemoryError" in last or "Cannot allocate memory" in last:
        return f"The memory limit of {limits.memory_bytes // _MIB} MiB was reached."
    if "No space left on device" in last:
        sentence = f"The disk limit of {limits.disk_bytes // _MIB} MiB was reached."
        return full_disk(session) or sentence
    if "File too large" in last:
        return f"The limit of {limits.file_bytes // _MIB} MiB for one file was reached."
    if "can't start new thread" in last or "Resource temporarily unavailable" in last:
        return f"The limit of {limits.processes} processes and threads was reached."
    if "Too many open files" in last:
        return f"The limit of {limits.open_files} open files was reached."
    return None
