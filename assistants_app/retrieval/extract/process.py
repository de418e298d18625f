"""Extraction in a child process, so that a hostile file can harm only its own extraction."""

import dataclasses
import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistants_app.retrieval.extract.document import Document, ExtractionError, Section
from assistants_app.retrieval.extract.formats import PACKED, format_of
from assistants_app.retrieval.extract.limits import MIB, Limits
from assistants_app.retrieval.extract.reader_process import ReaderProcess, pool

logger = logging.getLogger(__name__)

ATTEMPTS = 2  # because a process that waited for a file may have ended in the meantime
# SIGKILL comes from the caller's timer (`wall_seconds`), or from the system when memory runs out.
OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}
# Text needs about 1 s per MiB, whatever its format. PDF files and archives can have much more text
# than bytes.
CPU_SECONDS_OF_TEXT, CPU_SECONDS_PER_MIB = 20, 10


class Interrupted(Exception):
    """Raised when an extraction was ended by its `Interrupt`."""


class Interrupt:
    """Ends an extraction from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._reader: ReaderProcess | None = None

    def set(self) -> None:
        """End the extraction, now or as soon as it starts."""
        with self._lock:
            self._is_set = True
            if self._reader is not None:
                self._reader.kill()

    def is_set(self) -> bool:
        """Return whether the extraction has to end."""
        return self._is_set

    def check(self) -> None:
        """Raise :class:`Interrupted` if the extraction has to end."""
        if self._is_set:
            raise Interrupted

    @contextmanager
    def applies_to(self, reader: ReaderProcess) -> Iterator[None]:
        """Kill `reader` if the extraction has to end during the block."""
        with self._lock:
            self.check()
            self._reader = reader
        try:
            yield
        finally:
            # From here on the reader may read the file of somebody else.
            with self._lock:
                self._reader = None


def extract_file(
    path: Path | str,
    filename: str,
    limits: Limits | None = None,
    content_type: str = "",
    interrupt: Interrupt | None = None,
) -> Document:
    """Extract the text of the file at `path`.

    Its bytes, `filename` and the declared `content_type` decide on the format (``formats.py``).

    Blocks for at most ``limits.wall_seconds``. Raises :class:`ExtractionError` with one of these
    codes: ``unsupported_file`` for a format without a reader, ``invalid_file`` for a file without
    usable text or beyond the limits, ``server_error`` when the file is not at fault. Raises
    :class:`Interrupted` as soon as `interrupt` is set.
    """
    limits = limits or Limits()
    if not Path(path).is_file():
        raise ExtractionError("server_error", "The stored file is missing.")
    extension = format_of(Path(path), filename, content_type)
    limits = _with_cpu_seconds(limits, Path(path), extension)
    interrupt = interrupt or Interrupt()
    answer, status = _read_in_child(Path(path), extension, limits, interrupt)
    document = _parse_answer(answer)
    if document is None:
        interrupt.check()
        raise _failure_of(status, extension, limits)
    return document


def most_bytes(limits: Limits) -> int:
    """Return the most bytes that an answer can have."""
    # UTF-8 takes up to four bytes for a character; the rest is for the sections.
    return 4 * limits.characters + 64 * MIB


def _with_cpu_seconds(limits: Limits, path: Path, extension: str) -> Limits:
    """Return the limits with the processor time that a file of this size can need."""
    if extension in PACKED:
        return limits
    enough = CPU_SECONDS_OF_TEXT + CPU_SECONDS_PER_MIB * path.stat().st_size // MIB
    return dataclasses.replace(limits, cpu_seconds=min(limits.cpu_seconds, enough))


def _read_in_child(
    path: Path, extension: str, limits: Limits, interrupt: Interrupt
) -> tuple[bytes, int]:
    """Return what the child wrote, and its exit status."""
    arguments = [str(path.resolve()), extension, dataclasses.asdict(limits)]
    request = json.dumps(arguments).encode()
    for _ in range(ATTEMPTS):
        try:
            with pool.reader() as reader, interrupt.applies_to(reader):
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
