"""The child process: takes its limits on, reads one file, writes the document to standard output.

Arguments: path, extension, limits as JSON, the parent's pid. The answer is one line of JSON (an
error, or sections and the text's length in bytes) and the text in UTF-8.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from assistants_app.retrieval.extract.document import Document, ExtractionError
from assistants_app.retrieval.extract.formats import reader_of
from assistants_app.retrieval.extract.limits import MIB, Limits

PR_SET_PDEATHSIG = 1


def restrain(limits: Limits, parent: int) -> None:
    """No more memory, time, files or life than given, whatever the reader does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + 1)
    bounds = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, bound in bounds.items():
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(kind, (bound, bound))


def read(path: Path, extension: str, limits: Limits) -> Document:
    """Raises :class:`ExtractionError`, also for what the readers' libraries raise."""
    try:
        return reader_of(extension)(path, limits)
    except ExtractionError:
        raise
    except MemoryError:
        message = f"Reading it needs more than {limits.memory_bytes // MIB:,} MiB of memory."
    except RecursionError:
        message = f"This {extension} file is nested too deeply."
    except Exception as error:  # noqa: BLE001 (a process boundary: every error has a file's name)
        why = f"{type(error).__name__}: {error}"
        raise ExtractionError.damaged(f"This {extension} file", why) from error
    raise ExtractionError("invalid_file", message)


def answer_of(path: Path, extension: str, limits: Limits) -> tuple[dict[str, Any], bytes]:
    """The answer's first line and its text."""
    try:
        document = read(path, extension, limits)
    except ExtractionError as error:
        return {"code": error.code, "message": error.message}, b""
    text = document.text.encode()
    sections = [[one.start, one.end, one.page, one.headings] for one in document.sections]
    return {"sections": sections, "pages": document.pages, "bytes": len(text)}, text


def main() -> None:
    path, extension, limits_json, parent = sys.argv[1:]
    limits = Limits(**json.loads(limits_json))
    restrain(limits, int(parent))
    head, text = answer_of(Path(path), extension, limits)
    for part in (json.dumps(head).encode(), b"\n", text):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    os._exit(0)  # libraries' clean-up is of no use to anybody


if __name__ == "__main__":
    main()
