"""Runs the readers in a child process, so that a file can hurt nothing but its own extraction."""

import dataclasses
import json
import logging
import signal
from pathlib import Path

from assistants_app.retrieval.extract.document import Document, ExtractionError, Section
from assistants_app.retrieval.extract.formats import extension_of
from assistants_app.retrieval.extract.limits import MIB, Limits
from assistants_app.retrieval.extract.reader_process import pool

logger = logging.getLogger(__name__)

ATTEMPTS = 2  # a process that waited for a file may have been ended meanwhile
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
    answer, status = _read(Path(path), extension, limits)
    document = _document(answer)
    if document is None:
        raise _failure(status, extension, limits)
    return document


def most_bytes(limits: Limits) -> int:
    """A bound for an answer: UTF-8 text and its sections."""
    return 4 * limits.characters + 64 * MIB


def _read(path: Path, extension: str, limits: Limits) -> tuple[bytes, int]:
    """What the child wrote and how it ended."""
    arguments = [str(path.resolve()), extension, dataclasses.asdict(limits)]
    request = json.dumps(arguments).encode()
    for _ in range(ATTEMPTS):
        try:
            with pool.reader() as reader:
                return reader.read(request, seconds=limits.wall_seconds, most=most_bytes(limits))
        except OSError as error:
            logger.warning("A process of the readers was gone: %s", error)
    return b"", 0


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
