"""Previews: the beginning of a file as an image, a table or text."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.rendering.text.markdown import coloured
from assistants_app.rendering.text.tables import Table, table_of
from assistants_app.retrieval.extract import ExtractionError
from assistants_app.retrieval.extract.encoding import decode
from assistants_app.retrieval.extract.separated import rows_of

# Images that can't contain scripts. SVG can.
RASTER_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
HEAD_BYTES = 64 * 1024
TABLE_BYTES = 4 * 1024 * 1024  # a larger table is neither counted nor sorted
HEAD_LINES = 400
_SEPARATORS = {".csv": "", ".tsv": "\t"}
_LANGUAGES = {".py": "python", ".json": "json", ".html": "html", ".js": "javascript", ".sql": "sql"}


@dataclass(slots=True)
class Preview:
    """A preview: an image, a table, text (`code`), or a `note` on why there is none.

    `cut` means that the file has more than is shown. `sort_url` is where the table comes from in
    another order; the number of a column is added to it, negative for the largest first.
    """

    name: str
    bytes: int
    url: str
    is_image: bool = False
    table: Table | None = None
    sort_url: str = ""
    code: SafeString = SafeString("")
    note: str = ""
    cut: bool = False


def needed_bytes(name: str, mime_type: str, size: int) -> int:
    """Return how many of the file's first bytes the preview needs."""
    if mime_type in RASTER_IMAGES or mime_type == "application/pdf":
        return 0
    is_table = PurePosixPath(name.lower()).suffix in _SEPARATORS
    return size if is_table and size <= TABLE_BYTES else min(size, HEAD_BYTES)


def render_preview(
    name: str,
    mime_type: str,
    size: int,
    url: str,
    head: bytes,
    *,
    sort_url: str = "",
    sort: int = 0,
) -> SafeString:
    """Render the preview for a dialog.

    `head` is the file's first bytes, see :func:`needed_bytes`. `sort` is the number of the column
    by which a table is sorted, negative for the largest first, or 0. `sort_url` is as in
    :class:`Preview`.
    """
    preview = preview_of(name, mime_type, size, url, head, sort=sort)
    preview.sort_url = sort_url
    return render_to_string("files/_preview.html", {"preview": preview})


def preview_of(
    name: str, mime_type: str, size: int, url: str, head: bytes, *, sort: int = 0
) -> Preview:
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
        whole = size <= len(head)
        table = table_of(rows_of(text, _SEPARATORS[suffix]), is_whole=whole, sort=sort)
        return Preview(name, size, url, table=table, cut=not whole or table.is_cut)
    shown = "".join(lines[:HEAD_LINES])
    code = coloured(shown, _LANGUAGES.get(suffix, ""))
    return Preview(name, size, url, code=code, cut=shown != text or size > len(head))


def _decode_head(head: bytes, *, cut: bool) -> str | None:
    """Return the bytes as text, or None if they aren't text."""
    # The last line may end in the middle of a character.
    whole = head[: head.rfind(b"\n") + 1] or head if cut else head
    try:
        return decode(whole).replace("\r\n", "\n")
    except ExtractionError:
        return None
