"""The supported file formats, by file extension."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from assistants_app.retrieval.extract.document import Document, ExtractionError
from assistants_app.retrieval.extract.limits import Limits

Reader = Callable[[Path, Limits], Document]

# The module of `readers` for each extension, loaded on demand: a process that reads one format need
# not load the libraries of the others.
READERS = {
    "csv": "tables",
    "docx": "word",
    "epub": "epub",
    "html": "html",
    "md": "markdown",
    "pdf": "pdf",
    "pptx": "slides",
    "tab": "tables",
    "tex": "tex",
    "tsv": "tables",
    "xlsx": "sheets",
    "xml": "xml",
} | dict.fromkeys(
    ("c", "cpp", "cs", "css", "go", "java", "js", "json", "php", "py", "rb", "sh", "ts", "txt"),
    "plain",
)
OLD_OFFICE = {"doc": "docx", "ppt": "pptx", "xls": "xlsx", "rtf": "docx", "odt": "docx"}


def extension_of(filename: str) -> str:
    """Return the file's extension in lower case, such as ``.pdf``.

    Raises :class:`ExtractionError` with ``unsupported_file`` if no reader reads it.
    """
    ending = Path(filename).suffix.lower().removeprefix(".")
    if ending in READERS:
        return f".{ending}"
    if ending in OLD_OFFICE:
        raise ExtractionError(
            "unsupported_file",
            f"Files of type .{ending} aren't supported. "
            f"Save the file as .{OLD_OFFICE[ending]} or .pdf.",
        )
    known = " ".join(f".{name}" for name in sorted(READERS))
    what = f"Files of type .{ending}" if ending else "Files without an extension"
    raise ExtractionError("unsupported_file", f"{what} aren't supported. Use one of: {known}.")


def reader_of(extension: str) -> Reader:
    """Return the reader for an extension as :func:`extension_of` returns it."""
    name = READERS[extension.removeprefix(".")]
    module = import_module(f"assistants_app.retrieval.extract.readers.{name}")
    return cast(Reader, module.read)
