"""Extraction in a child process, so that a hostile file can harm only its own extraction."""

import dataclasses
import json
import logging
import signal
from pathlib import Path

from assistants_app.retrieval.extract.document import Document, ExtractionError, Section
from assistants_app.retrieval.extract.formats import format_of
from assistants_app.retrieval.extract.limits import MIB, Limits
from assistants_app.retrieval.extract.reader_process import pool

logger = logging.getLogger(__name__)

ATTEMPTS = 2  # because a process that waited for a file may have ended in the meantime
# SIGKILL comes from the caller's timer (`wall_seconds`), or from the system when memory runs out.
OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}


def extract_file(
    path: Path | str, filename: str, limits: Limits | None = None, content_type: str = ""
) -> Document:
    """Extract the text of the file at `path`.

    Its bytes, `filename` and the declared `content_type` decide on the format (``formats.py``).

    Blocks for at most ``limits.wall_seconds``. Raises :class:`ExtractionError` with one of these
    codes: ``unsupported_file`` for a format without a reader, ``invalid_file`` for a file without
    usable text or beyond the limits, ``server_error`` when the file is not at fault.
    """
    limits = limits or Limits()
    if not Path(path).is_file():
        raise ExtractionError("server_error", "The stored file is missing.")
    extension = format_of(Path(path), filename, content_type)
    answer, status = _read_in_child(Path(path), extension, limits)
    document = _parse_answer(answer)
    if document is None:
        raise _failure_of(status, extension, limits)
    return document


def most_bytes(limits: Limits) -> int:
    """Return the most bytes that an answer can have."""
    # UTF-8 takes up to four bytes for a character; the rest is for the sections.
    return 4 * limits.characters + 64 * MIB


def _read_in_child(path: Path, extension: str, limits: Limits) -> tuple[bytes, int]:
    """Return what the child wrote, and its exit status."""
    arguments = [str(path.resolve()), extension, dataclasses.asdict(limits)]
    request = json.dumps(arguments).encode()
    for _ in range(ATTEMPTS):
        try:
            with pool.reader() as reader:
                return reader.read(request, seconds=limits.wall_seconds, most=most_bytes(limits))
        except OSError as error:
            logger.warning("A reader process has ended: %s", error)
    return b"", 0


def _parse_answer(answer: bytes) -> Document | None:
    """Return the document, or None for an incomplete answer. Raises the error in the answer."""
    head, _, body = answer.partition(b"\n")
    try:
        result = json.loads(head)
    except ValueError:
        return None
    if "code" in result:
        raise ExtractionError(result["code"], result["message"])
    if len(body) != result["bytes"]:
        return None
    sections = (
        Section(start, end, page, tuple(headings))
        for start, end, page, headings in result["sections"]
    )
    return Document(body.decode(), tuple(sections), result["pages"])


def _failure_of(status: int, extension: str, limits: Limits) -> ExtractionError:
    """Return the error for a child that ended without an answer."""
    if status in OUT_OF_TIME:
        return ExtractionError(
            "invalid_file",
            f"Reading this {extension} file took more than {limits.cpu_seconds} seconds.",
        )
    if status < 0:
        return ExtractionError(
            "invalid_file",
            f"Reading this {extension} file failed ({signal.Signals(-status).name}). It is "
            f"damaged or needs more than {limits.memory_bytes // MIB:,} MiB of memory.",
        )
    return ExtractionError("server_error", f"Couldn't run the reader for {extension} files.")
