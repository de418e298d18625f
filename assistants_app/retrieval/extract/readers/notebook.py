"""Reader for Jupyter notebooks: what the cells say and what they printed, without images."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistants_app.retrieval.extract.document import Builder, Document, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.escapes import with_letters
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.html import write_html
from assistants_app.retrieval.extract.readers.markdown import write_markdown

# Colors and positions of a terminal.
TERMINAL = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\)?|.)?")
# An image within a text, and one within the text of a damaged file.
DATA = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;(?!base64)[\w=.-]++)*+;base64,[A-Za-z0-9+/=_%-]*+")
ENCODED = re.compile(r"[A-Za-z0-9+/=]{200,}+(?:\\n[A-Za-z0-9+/=]*+)*+")
# What Python says of an object that only a browser shows.
OBJECT = re.compile(r"\s*<[^<>\n]*>\s*")


def read(path: Path, limits: Limits) -> Document:
    """Read a notebook cell by cell. Its headings are those of its Markdown.

    A damaged one is read as text.
    """
    source = read_text(path, limits)
    builder = Builder(limits.characters)
    cells = _cells(source)
    if cells is None:
        builder.raw(printable(ENCODED.sub("", with_letters(source))))
        return builder.build()
    for cell in cells:
        _write_cell(builder, cell, limits)
    return builder.build()


def _cells(source: str) -> list[dict[str, Any]] | None:
    """Return the cells of a notebook of any version, or None if the file has none."""
    try:
        notebook = json.loads(source)
    except (ValueError, RecursionError):
        return None
    if not isinstance(notebook, dict):
        return None
    # Until version 4, a notebook had worksheets.
    sheets = [notebook, *_dicts(notebook.get("worksheets"))]
    if not any(isinstance(sheet.get("cells"), list) for sheet in sheets):
        return None
    return [cell for sheet in sheets for cell in _dicts(sheet.get("cells"))]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a text that is stored whole or as a list of lines."""
    if isinstance(value, list):
        return "".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _write_cell(builder: Builder, cell: dict[str, Any], limits: Limits) -> None:
    kind = cell.get("cell_type")
    source = DATA.sub("", _text(cell.get("source", cell.get("input"))))
    if kind == "heading":
        level = cell.get("level")
        builder.heading(level if isinstance(level, int) else 1, source)
    elif kind == "markdown":
        write_markdown(builder, printable(source).strip("\n") + "\n\n")
    else:
        _write_raw(builder, source)
    for output in _dicts(cell.get("outputs")):
        _write_output(builder, output, limits)


def _write_raw(builder: Builder, text: str) -> None:
    # Spaces within a line remain, which align columns and indent code.
    if text := printable(text).strip("\n"):
        builder.raw(text + "\n\n")


def _write_output(builder: Builder, output: dict[str, Any], limits: Limits) -> None:
    if output.get("output_type") in ("error", "pyerr"):
        _write_raw(builder, _as_printed(_error(output)))
        return
    data = output.get("data")
    # Until version 4, an output had its forms among its own fields.
    forms = data if isinstance(data, dict) else output
    plain, page = (
        _text(forms.get(name, forms.get(old)))
        for name, old in (("text/plain", "text"), ("text/html", "html"))
    )
    better = _text(forms.get("text/markdown")) or _text(forms.get("text/latex", forms.get("latex")))
    if plain and not OBJECT.fullmatch(plain):
        _write_raw(builder, _as_printed(plain))
    elif better:
        _write_raw(builder, DATA.sub("", better))
    elif page:
        write_html(builder, page, limits)
    else:
        _write_raw(builder, plain)


def _error(output: dict[str, Any]) -> str:
    message = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
    lines = "\n".join(line for line in _lines(output.get("traceback")))
    return lines if message.splitlines()[0] in TERMINAL.sub("", lines) else f"{lines}\n{message}"


def _lines(value: object) -> Iterator[str]:
    yield from (one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _as_printed(text: str) -> str:
    """Return what a terminal would show last: a progress bar draws over its own line."""
    lines = TERMINAL.sub("", DATA.sub("", text)).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
