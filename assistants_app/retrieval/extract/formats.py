"""The supported file formats: by extension, by declared type and by the file's first bytes."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import cast

from assistants_app.retrieval.extract.archive import OLE
from assistants_app.retrieval.extract.document import Document, ExtractionError
from assistants_app.retrieval.extract.encoding import decode
from assistants_app.retrieval.extract.limits import Limits

Reader = Callable[[Path, Limits], Document]

# The module of `readers` for each extension, loaded on demand: a process that reads one format need
# not load the libraries of the others.
READERS = {
    "docx": "word",
    "eml": "mail",
    "epub": "epub",
    "ipynb": "notebook",
    "md": "markdown",
    "pdf": "pdf",
    "pptx": "slides",
    "properties": "properties",
    "tex": "tex",
    "xml": "xml",
    **dict.fromkeys(("geojson", "json", "jsonl", "ndjson"), "json_text"),
    **dict.fromkeys(("htm", "html"), "html"),
    **dict.fromkeys(("mht", "mhtml"), "mail"),
    **dict.fromkeys(("yaml", "yml"), "yaml_text"),
    **dict.fromkeys(("csv", "tab", "tsv"), "tables"),
    **dict.fromkeys(("ods", "xls", "xlsb", "xlsm", "xlsx"), "sheets"),
    **dict.fromkeys(
        ("c", "cpp", "cs", "css", "go", "java", "js", "php", "py", "rb", "sh", "ts", "txt"),
        "plain",
    ),
}
# Formats whose files can have much more text than bytes.
PACKED = {".docx", ".epub", ".ods", ".pdf", ".pptx", ".xls", ".xlsb", ".xlsm", ".xlsx"}
OLD_OFFICE = {"doc": "docx", "ppt": "pptx", "rtf": "docx", "odt": "docx"}
TYPES = {
    "application/pdf": "pdf",
    "application/epub+zip": "epub",
    **dict.fromkeys(("application/json", "application/jsonl", "application/x-ndjson"), "json"),
    "application/x-ipynb+json": "ipynb",
    "application/xhtml+xml": "html",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-excel.sheet.macroenabled.12": "xlsm",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "message/rfc822": "eml",
    "multipart/related": "mhtml",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/tab-separated-values": "tsv",
    "text/x-markdown": "md",
    "text/x-tex": "tex",
    **dict.fromkeys(("application/xml", "text/xml"), "xml"),
    **dict.fromkeys(("application/yaml", "application/x-yaml", "text/yaml"), "yaml"),
}
PIECE = 64 * 1024  # bytes at the file's start and end that show its format
ZIP, PDF = b"PK\x03\x04", b"%PDF-"
# Names of members, as the directory at the end of an archive has them.
ZIP_MEMBERS = (
    (b"word/document", "docx"),
    (b"xl/workbook", "xlsx"),
    (b"ppt/presentation", "pptx"),
    (b"mimetypeapplication/epub+zip", "epub"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ods"),
)
OLD_WORKBOOK = "Workbook".encode("utf-16-le")
MARKUP = re.compile(r"\s*(?:<!--.*?-->\s*)*<(!doctype html|html|\?xml|table)\b", re.I | re.S)
# The first name of a record or of a list of records.
JSON = re.compile(r'\s*+(?:\[\s*+)?\{\s*+"[^"\\\n]{0,200}"\s*:')
# Endings that people and programs add to the name of a copy.
COPY = re.compile(r"(?:\.(?:bak|old|orig|tmp|copy|backup|save|\d{1,3})|~| \(\d+\))+$", re.I)
# Binary formats, some of which have text at their start.
NO_TEXT = frozenset(
    ("7z", "avi", "bin", "bmp", "dll", "dmg", "exe", "gif", "gz", "heic", "ico", "iso", "jar")
    + ("jpeg", "jpg", "mkv", "mov", "mp3", "mp4", "ogg", "png", "rar", "tar", "tif", "tiff", "wav")
    + ("webm", "webp", "woff", "woff2", "zip")
)
# Those of them that a person means as pictures, sound or films, and so never as documents.
MEDIA = (
    *("avi", "bmp", "gif", "heic", "ico", "jpeg", "jpg", "mkv", "mov", "mp3", "mp4", "ogg"),
    *("png", "tif", "tiff", "wav", "webm", "webp"),
)


def format_of(path: Path, filename: str, content_type: str = "") -> str:
    """Return the extension of the format in which a file is read, such as ``.pdf``.

    The file's bytes decide if they begin like a PDF or an Office file, then its extension, then its
    declared type. Any other file is text, if it is not binary. Raises :class:`ExtractionError` with
    ``unsupported_file`` if no reader reads it.
    """
    head, tail = _ends_of(path)
    named = _named_ending(filename)
    declared = _declared_ending(content_type)
    ending = _ending_of_archive(head, tail, named or declared)
    if not ending and named == "xls" and not head.startswith((OLE, ZIP)):
        # What many programs call .xls is a page or a text that Excel opens.
        ending = _ending_of_text(head) or "csv"
    ending = ending or named or declared
    if ending in READERS:
        return f".{ending}"
    if ending in OLD_OFFICE and not (ending == "doc" and _ending_of_text(head)):
        raise ExtractionError(
            "unsupported_file",
            f"Files of type .{ending} aren't supported. "
            f"Save the file as .{OLD_OFFICE[ending]} or .pdf.",
        )
    if _is_text(head) and ending not in NO_TEXT:
        return f".{_ending_of_text(head) or 'txt'}"
    raise _unsupported(filename)


def _unsupported(filename: str) -> ExtractionError:
    ending = PurePosixPath(filename).suffix.lower()
    known = " ".join(f".{name}" for name in sorted(READERS))
    what = f"Files of type {ending}" if ending else "Binary files without an extension"
    return ExtractionError("unsupported_file", f"{what} aren't supported. Use one of: {known}.")


def _ends_of(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(PIECE)
        size = file.seek(0, 2)
        file.seek(max(0, size - PIECE))
        return head, file.read(PIECE)


def _named_ending(filename: str) -> str:
    """Return the extension of a file's name, or of the file that it is a copy of."""
    for name in (filename, COPY.sub("", filename)):
        ending = PurePosixPath(name).suffix.lower().removeprefix(".")
        if ending in READERS or ending in OLD_OFFICE or ending in NO_TEXT:
            return ending
    return ""


def _declared_ending(content_type: str) -> str:
    declared = content_type.partition(";")[0].strip().lower()
    return TYPES.get(declared) or ("json" if declared.endswith("+json") else "")


def _ending_of_archive(head: bytes, tail: bytes, expected: str) -> str:
    """Return the format that the bytes of a PDF or Office file show, or nothing."""
    if head.startswith(PDF):
        return "pdf"
    if head.startswith(OLE):
        # Office puts a file with a password into a file of the old format, which has its reason.
        is_workbook = OLD_WORKBOOK in head or OLD_WORKBOOK in tail
        return "xls" if is_workbook and READERS.get(expected) != "word" else ""
    if not head.startswith(ZIP):
        return ""
    found = next((ending for mark, ending in ZIP_MEMBERS if mark in head or mark in tail), "")
    return "" if READERS.get(found) == READERS.get(expected) else found


def _ending_of_text(head: bytes) -> str:
    """Return the format of a text that begins like HTML, XML or JSON, or nothing."""
    text = decode(head) if _is_text(head) else ""
    found = MARKUP.match(text)
    if not found:
        return "json" if JSON.match(text) else ""
    return "xml" if found[1] == "?xml" else "html"


def _is_text(head: bytes) -> bool:
    try:
        return bool(decode(head)) and not head.startswith((ZIP, OLE, PDF))
    except ExtractionError:
        return False


def reader_of(extension: str) -> Reader:
    """Return the reader for an extension as :func:`format_of` returns it."""
    name = READERS[extension.removeprefix(".")]
    module = import_module(f"assistants_app.retrieval.extract.readers.{name}")
    return cast(Reader, module.read)
