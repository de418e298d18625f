"""Which reader reads which file."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from assistants_app.retrieval.extract.document import Document, ExtractionError
from assistants_app.retrieval.extract.limits import Limits

Reader = Callable[[Path, Limits], Document]

# Module of `readers` by ending. A process that reads one format need not load the others.
READERS = {
    "csv": "tables",
    "docx": "word",
    "epub": "epub",
    "html": "html",
    "md": "markdown",
    "pdf": "pdf",
    "pptx": "slides",
    "tex": "tex",
    "xlsx": "sheets",
    "xml": "xml",
} | dict.fromkeys(
    ("c", "cpp", "cs", "css", "go", "java", "js", "json", "php", "py", "rb", "sh", "ts", "txt"),
    "plain",
)
OLD_OFFICE = {"doc": "docx", "ppt": "pptx", "xls": "xlsx", "rtf": "docx", "odt": "docx"}


def extension_of(filename: str) -> str:
    """The lower-case ending, such as ``.pdf``. Raises :class:`ExtractionError` if none is read."""
    ending = Path(filename).suffix.lower().removeprefix(".")
    if ending in READERS:
        return f".{ending}"
    if ending in OLD_OFFICE:
        raise ExtractionError(
            "unsupported_file",
            f"Files of the type .{ending} are not read. Save it as .{OLD_OFFICE[ending]} or .pdf.",
        )
    known = " ".join(f".{name}" for name in sorted(READERS))
    what = f"Files of the type .{ending}" if ending else "Files without an ending"
    raise ExtractionError("unsupported_file", f"{what} are not read. What is read: {known}.")


def reader_of(extension: str) -> Reader:
    """The reader for an ending that :func:`extension_of` gave."""
    name = READERS[extension.removeprefix(".")]
    module = import_module(f"assistants_app.retrieval.extract.readers.{name}")
    return cast(Reader, module.read)
