"""Decoding of text files in any encoding.

Byte order marks come first, then UTF-16 and UTF-32 without a mark, encodings of seven bits, UTF-8,
and last the encodings from before Unicode. Bytes that break the encoding are replaced where they
are, and decide nothing about the rest.
"""

import codecs
import re
import unicodedata
from collections import Counter
from pathlib import Path

from assistants_app.retrieval.extract import legacy
from assistants_app.retrieval.extract.document import ExtractionError, too_much_text
from assistants_app.retrieval.extract.limits import Limits

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's mark, which is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE = 64 * 1024
NAMED = re.compile(
    rb"(?:charset|encoding|coding)\s*+[=:]?\s*+[\"']?([A-Za-z0-9_:-]{2,40})", re.IGNORECASE
)
# Legacy text encodings. Python also knows names such as "rot13".
LEGACY = re.compile(r"iso|cp|windows|koi8|mac|gb|big5|euc|shift|johab|tis|latin")
# What files that name one encoding often contain: its superset of Windows or of today's standard.
# The same list as in the WHATWG's Encoding standard.
SUPERSETS = {
    **dict.fromkeys(("iso8859-1", "ascii"), "cp1252"),
    "iso8859-9": "cp1254",
    **dict.fromkeys(("tis_620", "tis-620", "iso8859-11"), "cp874"),
    "shift_jis": "cp932",
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Control characters that texts do not contain. Tab, line feeds, form feed and escape do occur, and
# zero bytes fill up fields of a fixed width.
CONTROLS = bytes(byte for byte in range(1, 32) if byte not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"
# This number of them is no reason to refuse a short text, nor 2 % to refuse a long one.
STRAY_CONTROLS = 3
HIGH_BYTES = bytes(range(128, 256))
# Java and some databases write characters beyond the first 65,536 as two surrogates.
SURROGATE_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
CUT_START = re.compile(rb"\A[\x80-\xbf]{1,3}")
CUT_END = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
SEVEN_BITS = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"), (b"~{", "hz"))
# With this number of valid characters for each broken one, the text is UTF-8. With fewer, they may
# be characters of another encoding.
MANY_INTACT = 5
LEAST_WIDE = 4  # bytes; two zeros and ones could be any character
REPLACEMENT = "\ufffd"
ENCODED_REPLACEMENT = REPLACEMENT.encode()
STRAY = "assistants_app.stray_bytes"
# The punctuation of Windows-1252, which comes into files in UTF-8 when people paste it.
PASTED = {
    byte: char
    for byte in range(0x80, 0xA0)
    if not (char := bytes([byte]).decode("cp1252", "replace")).isalpha() and char != REPLACEMENT
}


def read_text(path: Path, limits: Limits, named: str = "") -> str:
    """Return the file's text with ``\\n`` as its only line end. `named` is as for :func:`decode`.

    Raises :class:`ExtractionError` for binary data and for text beyond the limit of characters.
    """
    too_long = ExtractionError("invalid_file", too_much_text(limits.characters))
    # A character takes at most four bytes, so a larger file need not be read to be refused.
    if path.stat().st_size > 4 * limits.characters + 4:
        raise too_long
    text = decode(path.read_bytes(), named)
    if len(text) > limits.characters:
        raise too_long
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes, named: str = "") -> str:
    """Return the text of `data`, in whatever encoding it is.

    `named` is the encoding that a sender or a standard names. It wins over what the text names, and
    over any other encoding from before Unicode unless its reading makes no sense. Raises
    :class:`ExtractionError` for binary data.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            data = data.removeprefix(mark)
            if encoding != "utf-8":
                return data.decode(encoding, errors="replace")
    if wide := _wide_without_mark(data[: legacy.SAMPLE]):
        return data.decode(wide, errors="replace")
    sample = data[:SAMPLE]
    # Beside zero bytes, which fill up fields of a fixed width, texts have hardly any.
    share = 0.0 if b"\0" in sample else 0.02
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if controls > max(share * len(sample), min(STRAY_CONTROLS, 0.2 * len(sample))):
        raise ExtractionError("invalid_file", "The file contains binary data, not text.")
    try:
        return _decode_seven_bits(data) or data.decode()
    except UnicodeDecodeError:
        pass
    joined = SURROGATE_PAIR.sub(_joined_surrogates, data)
    return (
        _decode_damaged_utf8(joined) if _is_mostly_utf8(joined) else _decode_by_guess(data, named)
    )


def _wide_without_mark(sample: bytes) -> str | None:
    """Return the form of UTF-16 or UTF-32 in which a sample with zero bytes makes sense."""
    if b"\0" not in sample or len(sample) < LEAST_WIDE:
        return None
    form = legacy.unicode_form(sample)
    text = sample.decode(form, errors="ignore")
    kinds = Counter(unicodedata.category(char) for char in text if char not in "\t\n\r\x0c")
    # Pairs of random bytes are often characters that nobody has defined.
    undefined = kinds["Cc"] + kinds["Cn"] + kinds["Co"]
    return form if form != "utf_8" and undefined <= 0.02 * len(text) else None


def _decode_seven_bits(data: bytes) -> str | None:
    """Return the text in one of the encodings of old mail, which look like ASCII."""
    for mark, encoding in SEVEN_BITS:
        if mark in data and data.isascii():
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _is_mostly_utf8(data: bytes) -> bool:
    """Return whether most characters beyond ASCII, or a third of their lines, are valid UTF-8."""
    text = data.decode(errors="replace")
    broken = text.count(REPLACEMENT)
    beyond_ascii = len(text) - len(data.translate(None, HIGH_BYTES))
    intact = beyond_ascii - broken
    if intact >= MANY_INTACT * broken or (intact >= broken and legacy.is_likelier_utf8(data)):
        return True
    lines = [line for line in data[: 16 * SAMPLE].splitlines() if not line.isascii()]
    return len(lines) > 1 and 3 * sum(map(_is_utf8, lines)) >= len(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode_damaged_utf8(data: bytes) -> str:
    """Decode UTF-8, but lines of another encoding in theirs. Stray bytes are replaced."""
    # A file that was cut begins or ends within a character.
    data = CUT_START.sub(ENCODED_REPLACEMENT, CUT_END.sub(ENCODED_REPLACEMENT, data, count=1))
    lines = data.splitlines(keepends=True)
    others = b"".join(line for line in lines if _has_no_utf8(line))
    encoding = legacy.guess(others)
    if not others or not legacy.makes_sense(others, encoding):
        return data.decode(errors=STRAY)
    return "".join(
        _decode_legacy(line, encoding) if _has_no_utf8(line) else line.decode(errors=STRAY)
        for line in lines
    )


def _has_no_utf8(line: bytes) -> bool:
    return not line.isascii() and not CHARACTER.search(line)


def _joined_surrogates(found: re.Match[bytes]) -> bytes:
    pair = found[0].decode(errors="surrogatepass")
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def _replace_stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return (PASTED.get(bad[0], REPLACEMENT) if len(bad) == 1 else REPLACEMENT), error.end


codecs.register_error(STRAY, _replace_stray)


def _decode_by_guess(data: bytes, named: str) -> str:
    known = _legacy_encoding(named.encode(errors="replace")) if named else ""
    # HTML, XML, CSS and Python files name their encoding near the beginning.
    if not known and (found := NAMED.search(data[:2048])):
        known = _legacy_encoding(found[1])
    return _decode_legacy(data, legacy.guess(data, known))


def _legacy_encoding(name: bytes) -> str:
    """Return Python's name of an encoding that a file names, or nothing if it is not one."""
    try:
        known = codecs.lookup(name.decode()).name
    except (LookupError, ValueError):  # ValueError: characters beyond ASCII, or a zero byte
        return ""
    known = SUPERSETS.get(known, known).replace("-", "_")
    return known if LEGACY.match(known) else ""


def _decode_legacy(data: bytes, encoding: str) -> str:
    text = data.decode(encoding, errors="replace")
    # Its Vietnamese letters are followed by their tones, which no search would find.
    return unicodedata.normalize("NFC", text) if encoding == "cp1258" else text
