"""Previews: the beginning of a file as an image, a table or text."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.rendering.text.markdown import coloured
from assistants_app.retrieval.extract import ExtractionError
from assistants_app.retrieval.extract.encoding import decode
from assistants_app.retrieval.extract.separated import rows_of
from assistants_app.retrieval.extract.table_layout import split_table

# Images that can't contain scripts. SVG can.
RASTER_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
HEAD_BYTES = 64 * 1024
HEAD_ROWS, HEAD_COLUMNS, HEAD_LINES = 50, 30, 400
_SEPARATORS = {".csv": "", ".tsv": "\t"}
_LANGUAGES = {".py": "python", ".json": "json", ".html": "html", ".js": "javascript", ".sql": "sql"}


@dataclass(slots=True)
class Preview:
    """A preview: an image, a table (`rows`), text (`code`), or a `note` on why there is none.

    `titles` are the lines above the table. `cut` means that the file has more than is shown.
    """

    name: str
    bytes: int
    url: str
    is_image: bool = False
    titles: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    has_header: bool = True
    code: SafeString = SafeString("")
    note: str = ""
    cut: bool = False

    @property
    def head(self) -> list[str]:
        """Return the names of the columns, or nothing if the file has none."""
        return self.rows[0] if self.has_header else []

    @property
    def body(self) -> list[list[str]]:
        return self.rows[1:] if self.has_header else self.rows


def needs_head(mime_type: str) -> bool:
    """Return whether the preview needs the file's first bytes."""
    return mime_type not in RASTER_IMAGES and mime_type != "application/pdf"


def render_preview(name: str, mime_type: str, size: int, url: str, head: bytes) -> SafeString:
    """Render the preview for a dialog. `head` is the file's first `HEAD_BYTES`."""
    preview = preview_of(name, mime_type, size, url, head)
    return render_to_string("files/_preview.html", {"preview": preview})


def preview_of(name: str, mime_type: str, size: int, url: str, head: bytes) -> Preview:
    """Return the preview of a file; see :func:`render_preview`."""
    if mime_type in RASTER_IMAGES:
        return Preview(name, size, url, is_image=True)
    if mime_type == "application/pdf":
        note = _("PDF files have no preview. Download the file to read it.")
        return Preview(name, size, url, note=note)
    text = _decode_head(head, cut=size > len(head))
    if text is None:
        return Preview(name, size, url, note=_("This file type has no preview."))
    if not text:
        return Preview(name, size, url, note=_("This file is empty."))
    lines = text.splitlines(keepends=True)
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in _SEPARATORS:
        return _table_preview(Preview(name, size, url), text, cut=size > len(head))
    shown = "".join(lines[:HEAD_LINES])
    code = coloured(shown, _LANGUAGES.get(suffix, ""))
    return Preview(name, size, url, code=code, cut=shown != text or size > len(head))


def _table_preview(preview: Preview, text: str, *, cut: bool) -> Preview:
    usual = _SEPARATORS[PurePosixPath(preview.name.lower()).suffix]
    # One row more than shown, to know whether the table continues.
    rows = list(islice(rows_of(text, usual), HEAD_ROWS + 1))
    preview.cut = cut or len(rows) > HEAD_ROWS
    titles, table, preview.has_header = split_table(rows[:HEAD_ROWS])
    preview.titles = [" ".join(filter(None, row)) for row in titles]
    preview.rows = [row[:HEAD_COLUMNS] for row in table if any(row)]
    return preview


def _decode_head(head: bytes, *, cut: bool) -> str | None:
    """Return the bytes as text, or None if they aren't text."""
    # The last line may end in the middle of a character.
    whole = head[: head.rfind(b"\n") + 1] or head if cut else head
    try:
        return decode(whole).replace("\r\n", "\n")
    except ExtractionError:
        return None
