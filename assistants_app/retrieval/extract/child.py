"""The process that reads files: it loads the readers once and forks for each file.

The fork applies its limits to itself, reads the file and writes the document.

Standard input is a socket. A request is a list in JSON (path, extension, limits), sent together
with the file descriptor to answer to. When the fork has ended, its exit status is sent back. An
answer is one line of JSON (an error, or the sections and the length of the text in bytes), then
the text in UTF-8.
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

PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def restrain(limits: Limits, parent: int) -> None:
    """Limit this process's memory, time, files and life, whatever the reader does."""
    # The kernel kills this process when its parent dies. If the parent has died already, the signal
    # never comes, so that is checked afterwards.
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    # One second later than the caller's own timer, which usually ends this process first.
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + 1)
    bounds = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: 0,  # no file can be written; pipes are not affected
        # With 0, a crash would still start the program that a `core_pattern` with a pipe names.
        resource.RLIMIT_CORE: 1,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, bound in bounds.items():
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(kind, (bound, bound))


def read(path: Path, extension: str, limits: Limits) -> Document:
    """Read a file with the reader of its extension.

    Raises :class:`ExtractionError`, also in place of the errors of the readers' libraries.
    """
    try:
        return reader_of(extension)(path, limits)
    except ExtractionError:
        raise
    except MemoryError:
        message = f"Reading this file needs more than {limits.memory_bytes // MIB:,} MiB of memory."
    except RecursionError:
        message = f"This {extension} file is nested too deeply."
    except Exception as error:  # noqa: BLE001 (libraries raise all kinds of errors for bad files)
        why = f"{type(error).__name__}: {error}"
        raise ExtractionError.damaged(f"This {extension} file", why) from error
    raise ExtractionError("invalid_file", message)


def answer_of(path: Path, extension: str, limits: Limits) -> tuple[dict[str, Any], bytes]:
    """Return the answer's first line, as a JSON object, and its text in UTF-8."""
    try:
        document = read(path, extension, limits)
    except ExtractionError as error:
        return {"code": error.code, "message": error.message}, b""
    text = document.text.encode()
    sections = [[one.start, one.end, one.page, one.headings] for one in document.sections]
    return {"sections": sections, "pages": document.pages, "bytes": len(text)}, text


def answer_to(request: bytes, output: int, parent: int) -> None:
    """Read the file and write the answer. This runs in the fork."""
    path, extension, limits_given = json.loads(request)
    limits = Limits(**limits_given)
    restrain(limits, parent)
    head, text = answer_of(Path(path), extension, limits)
    with os.fdopen(output, "wb") as file:
        for part in (json.dumps(head).encode(), b"\n", text):
            file.write(part)


def serve(control: socket.socket, request: bytes, output: int) -> int:
    """Fork to answer a request. Return the fork's exit status, negative for a signal."""
    # The fork inherits the pipe's end `held`. `over` becomes readable when the fork is gone and the
    # end is closed, so one select() waits for the fork and for the caller.
    parent, (over, held) = os.getpid(), os.pipe()
    reader = os.fork()
    if not reader:
        status = 1
        with contextlib.suppress(BaseException):
            for inherited in (control.detach(), over):
                os.close(inherited)
            answer_to(request, output, parent)
            status = 0
        os._exit(status)  # skips the libraries' clean-up, which nobody needs
    os.close(output)
    os.close(held)
    ready, _, _ = select.select([over, control.fileno()], [], [])
    # The caller sends nothing while a fork reads: if the socket is readable, the caller is gone.
    if control.fileno() in ready:
        os.kill(reader, signal.SIGKILL)
        sys.exit()
    os.close(over)
    return os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])


def load_readers() -> None:
    """Load all readers, so that no fork has to.

    A reader that cannot be loaded fails only the files of its own format.
    """
    for ending in READERS:
        with contextlib.suppress(ImportError):
            reader_of(ending)
    # Objects that the collector never visits stay on pages that all forks share.
    gc.freeze()


def main() -> None:
    control = socket.socket(fileno=sys.stdin.fileno())
    # When the machine runs out of memory, a file fails before the app does.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    load_readers()
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, 64 * 1024, 1)
        if not request:
            return
        control.send(b"%d" % serve(control, request, descriptors[0]))


if __name__ == "__main__":
    main()
