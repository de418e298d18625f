"""The text in an uploaded file."""

import codecs

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest

# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_of(data: bytes) -> tuple[str, str]:
    """Return the text of a file, and a note about its encoding or "".

    Raises :class:`InvalidRequest` for a file that is too large, or that isn't text.
    """
    if len(data) > limits.TEST_IMPORT_BYTES:
        raise InvalidRequest(
            f"The file is larger than {limits.TEST_IMPORT_BYTES // 1024**2} MB. Split it."
        )
    if data.startswith(b"PK\x03\x04"):
        raise InvalidRequest("The file is a workbook or an archive. Save it as CSV (UTF-8) first.")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data.removeprefix(mark), encoding), ""
    try:
        return _without_nul(data.decode()), ""
    except UnicodeDecodeError:
        # What spreadsheets on Windows write unless they are asked for UTF-8.
        note = (
            "The file isn't UTF-8. It was read as Windows-1252: look at letters with accents "
            "before you import it."
        )
        return _decoded(data, "cp1252"), note


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return _without_nul(data.decode(encoding))
    except UnicodeDecodeError:
        raise InvalidRequest("The file isn't text in UTF-8, UTF-16 or Windows-1252.") from None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise InvalidRequest("The file contains NUL characters, so it isn't a text file.")
    return text
