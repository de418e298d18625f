"""Runs the readers in a child process, so that a file can hurt nothing but its own extraction."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from assistants_app.retrieval.extract.document import Document, ExtractionError, Section
from assistants_app.retrieval.extract.formats import extension_of
from assistants_app.retrieval.extract.limits import MIB, Limits

ROOT = Path(__file__).resolve().parents[3]
CHILD = "assistants_app.retrieval.extract.child"
# SIGKILL is the parent's timer, or the system's answer to memory that ran out.
OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}


def extract_file(path: Path | str, filename: str, limits: Limits | None = None) -> Document:
    """The text of the file at `path`, read as the format that `filename`'s ending says.

    Blocks for at most ``limits.wall_seconds``. Raises :class:`ExtractionError`:
    ``unsupported_file`` for a format that is not read, ``invalid_file`` for a file without usable
    text or beyond the limits, ``server_error`` when the fault is not the file's.
    """
    limits = limits or Limits()
    extension = extension_of(filename)
    if not Path(path).is_file():
        raise ExtractionError("server_error", "The stored file is missing.")
    with _start(Path(path), extension, limits) as child:
        timer = threading.Timer(limits.wall_seconds, child.kill)
        timer.start()
        try:
            assert child.stdout is not None, "it was asked for"
            answer = child.stdout.read(most_bytes(limits))
        finally:
            timer.cancel()
            child.kill()  # its output is over, or too long
    document = _document(answer)
    if document is None:
        raise _failure(child.returncode, extension, limits)
    return document


def most_bytes(limits: Limits) -> int:
    """A bound for an answer: UTF-8 text and its sections."""
    return 4 * limits.characters + 64 * MIB


def _start(path: Path, extension: str, limits: Limits) -> subprocess.Popen[bytes]:
    arguments = [
        str(path.resolve()),
        extension,
        json.dumps(dataclasses.asdict(limits)),
        str(os.getpid()),
    ]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", CHILD, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Nothing of the server's secrets; one thread, for the address space is bounded.
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
        cwd="/",
    )


def _document(answer: bytes) -> Document | None:
    """None for an answer that is not whole. Raises the error that the child found."""
    head, _, body = answer.partition(b"\n")
    try:
        said = json.loads(head)
    except ValueError:
        return None
    if "code" in said:
        raise ExtractionError(said["code"], said["message"])
    if len(body) != said["bytes"]:
        return None
    sections = (
        Section(start, end, page, tuple(headings))
        for start, end, page, headings in said["sections"]
    )
    return Document(body.decode(), tuple(sections), said["pages"])


def _failure(status: int, extension: str, limits: Limits) -> ExtractionError:
    """What a child's end without an answer means."""
    if status in OUT_OF_TIME:
        return ExtractionError(
            "invalid_file",
            f"Reading this {extension} file took more than {limits.cpu_seconds} seconds of work.",
        )
    if status < 0:
        return ExtractionError(
            "invalid_file",
            f"Reading this {extension} file broke off ({signal.Signals(-status).name}): it is "
            f"damaged, or needs more than {limits.memory_bytes // MIB:,} MiB of memory.",
        )
    return ExtractionError("server_error", f"The reader of {extension} files could not be run.")
