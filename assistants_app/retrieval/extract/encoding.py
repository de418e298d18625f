"""Bytes to text: byte order marks, UTF-16 without one, UTF-8, then a guess; binary is refused."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from assistants_app.retrieval.extract.document import ExtractionError
from assistants_app.retrieval.extract.limits import Limits

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LEGACY = re.compile(r"iso|cp|windows|koi8|mac|gb|big5|euc|shift|johab|hz|tis")
SAMPLE = 64 * 1024
NAMED = re.compile(rb"(?:charset|encoding)\s*=?\s*[\"']?([A-Za-z0-9_-]{2,40})")
# Bytes that no text has; tab, line feeds, form feed and escape are left out.
CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"


def read_text(path: Path, limits: Limits) -> str:
    """The file's text with ``\\n`` as line end.

    Raises :class:`ExtractionError` for binary data and for more characters than the limit.
    """
    too_long = ExtractionError(
        "invalid_file", f"The file holds more than {limits.characters:,} characters of text."
    )
    if path.stat().st_size > 4 * limits.characters + 4:
        raise too_long
    text = decode(path.read_bytes())
    if len(text) > limits.characters:
        raise too_long
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes) -> str:
    """See :func:`read_text`."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    if unmarked := _utf16_without_mark(data[:SAMPLE]):
        return _strictly(data, unmarked)
    if len(data[:SAMPLE].translate(None, CONTROLS)) < 0.98 * len(data[:SAMPLE]):
        raise ExtractionError("invalid_file", "The file holds binary data, not text.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _guessed(data)


def _known(name: str) -> str | None:
    """An encoding's name in Python; None for what is no legacy encoding of texts."""
    try:
        name = codecs.lookup(name).name
    except LookupError:
        return None
    return name if LEGACY.match(name) else None


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ExtractionError(
            "invalid_file", f"The file begins like {encoding}, but is damaged ({error.reason})."
        ) from error


def _utf16_without_mark(sample: bytes) -> str | None:
    """Letters of western languages have a zero byte each, always on the same side."""
    half = max(1, len(sample) // 2)
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def _guessed(data: bytes) -> str:
    """The encoding that HTML, XML or CSS names, else the likeliest; Windows-1252 takes the rest."""
    if (named := NAMED.search(data[:2048])) and (name := _known(named[1].decode())):
        return data.decode(name, errors="replace")
    start = next((at for at, byte in enumerate(data) if byte > 127), 0)
    best = from_bytes(data[max(0, start - 1024) : start + SAMPLE]).best()
    encoding = best.encoding if best else "cp1252"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
