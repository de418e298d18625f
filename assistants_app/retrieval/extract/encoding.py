"""Decoding of text files in any encoding.

Byte order marks come first, then UTF-16 without a mark, UTF-8, and last a guess.
"""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from assistants_app.retrieval.extract.document import ExtractionError, too_much_text
from assistants_app.retrieval.extract.limits import Limits

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's mark, which is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Legacy text encodings. Python also knows names such as "rot13", and a file that names UTF-8 has
# already failed to decode as that when its name is looked up.
LEGACY = re.compile(r"iso|cp|windows|koi8|mac|gb|big5|euc|shift|johab|hz|tis")
SAMPLE = 64 * 1024
NAMED = re.compile(rb"(?:charset|encoding)\s*+=?\s*+[\"']?([A-Za-z0-9_-]{2,40})")
# Control characters that texts do not contain. Tab, line feeds, form feed and escape do occur.
CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"


def read_text(path: Path, limits: Limits) -> str:
    """Return the file's text with ``\\n`` as its only line end.

    Raises :class:`ExtractionError` for binary data and for text beyond the limit of characters.
    """
    too_long = ExtractionError("invalid_file", too_much_text(limits.characters))
    # A character takes at most four bytes, so a larger file need not be read to be refused.
    if path.stat().st_size > 4 * limits.characters + 4:
        raise too_long
    text = decode(path.read_bytes())
    if len(text) > limits.characters:
        raise too_long
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes) -> str:
    """Return the text of `data`, in whatever encoding it is.

    Raises :class:`ExtractionError` for binary data and for text that breaks its encoding.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _decode_strictly(data, encoding)
    if unmarked := _utf16_without_mark(data[:SAMPLE]):
        return _decode_strictly(data, unmarked)
    # Up to 2 % of stray control characters are no reason to refuse a text.
    if len(data[:SAMPLE].translate(None, CONTROLS)) < 0.98 * len(data[:SAMPLE]):
        raise ExtractionError("invalid_file", "The file contains binary data, not text.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _decode_by_guess(data)


def _legacy_encoding(name: str) -> str | None:
    try:
        name = codecs.lookup(name).name
    except LookupError:
        return None
    return name if LEGACY.match(name) else None


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ExtractionError(
            "invalid_file", f"The file starts like {encoding} text but is damaged ({error.reason})."
        ) from error


def _utf16_without_mark(sample: bytes) -> str | None:
    # In UTF-16, each letter of a Western language has one zero byte, always on the same side.
    half = max(1, len(sample) // 2)
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def _decode_by_guess(data: bytes) -> str:
    # HTML, XML and CSS files name their encoding near the beginning.
    named = NAMED.search(data[:2048])
    if named and (name := _legacy_encoding(named[1].decode())):
        return data.decode(name, errors="replace")
    # ASCII says nothing about the encoding, so the sample is taken around the first other byte.
    start = next((at for at, byte in enumerate(data) if byte > 127), 0)
    best = from_bytes(data[max(0, start - 1024) : start + SAMPLE]).best()
    encoding = best.encoding if best else "cp1252"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        # The sample can mislead. Windows-1252 decodes almost anything.
        return data.decode("cp1252", errors="replace")
