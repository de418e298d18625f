"""The readers' process: it loads them once and forks for each file. The fork takes its limits on,
reads the file and writes the document.

Standard input is a socket. A request is a list in JSON (path, extension, limits) and, beside it,
the descriptor to answer to; when the fork has ended, its exit status goes back. The answer is one
line of JSON (an error, or sections and the text's length in bytes) and the text in UTF-8.
"""

import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from assistants_app.retrieval.extract.document import Document, ExtractionError
from assistants_app.retrieval.extract.formats import READERS, reader_of
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


def answer_to(request: bytes, output: int, parent: int) -> None:
    """In the fork: read the file and write the answer."""
    path, extension, limits_given = json.loads(request)
    limits = Limits(**limits_given)
    restrain(limits, parent)
    head, text = answer_of(Path(path), extension, limits)
    with os.fdopen(output, "wb") as file:
        for part in (json.dumps(head).encode(), b"\n", text):
            file.write(part)


def serve(control: socket.socket, request: bytes, output: int) -> int:
    """The exit status of the fork that answers, negative for a signal."""
    parent, (over, held) = os.getpid(), os.pipe()
    reader = os.fork()
    if not reader:
        status = 1
        with contextlib.suppress(BaseException):
            for inherited in (control.detach(), over):
                os.close(inherited)
            answer_to(request, output, parent)
            status = 0
        os._exit(status)  # libraries' clean-up is of no use to anybody
    os.close(output)
    os.close(held)
    ready, _, _ = select.select([over, control.fileno()], [], [])
    if control.fileno() in ready:  # whoever asked is gone
        os.kill(reader, signal.SIGKILL)
        sys.exit()
    os.close(over)
    return os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])


def load_readers() -> None:
    """So that no fork has to. One that cannot be loaded fails its own files."""
    for ending in READERS:
        with contextlib.suppress(ImportError):
            reader_of(ending)
    gc.freeze()  # what all forks share is not to be touched


def main() -> None:
    control = socket.socket(fileno=sys.stdin.fileno())
    load_readers()
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, 64 * 1024, 1)
        if not request:
            return
        control.send(b"%d" % serve(control, request, descriptors[0]))


if __name__ == "__main__":
    main()
