"""Annotations of a reply: links to files of the session, and marks that cite chunks."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from assistants_app.domain.search import CITATION_MARK
from assistants_app.models import Run
from assistants_app.queries.runs.citations import citations_by_mark
from assistants_app.queries.runs.code_sessions import session_files
from assistants_app.wire.threads.messages import file_citation, file_path

FOLDER = "sandbox:/mnt/data/"
# A link in Markdown ends with its bracket, because models write names with spaces there. Any other
# link ends with the word.
_LINK = re.compile(
    rf"(?<=\]\(){FOLDER}[^()]*(?:\([^()]*\)[^()]*)*(?=\))"
    rf"|{FOLDER}[^\s()\[\]<>\"'`]*[^\s()\[\]<>\"'`.,;:!?]"
)


def annotations_of(run: Run, text: str) -> list[dict[str, Any]]:
    """Return the annotations of a text, in their order. Indices count characters."""
    # Most replies have neither, and need no query.
    found = list(_file_paths(run, text)) if FOLDER in text else []
    if "【" in text:
        found += _file_citations(run, text)
    return sorted(found, key=lambda annotation: int(annotation["start_index"]))


def _file_paths(run: Run, text: str) -> Iterator[dict[str, Any]]:
    files = session_files(run.thread_id)
    for match in _LINK.finditer(text):
        link = match.group()
        name = link.removeprefix(FOLDER)
        # Models write a name as it is or percent-encoded.
        file = files.get(name) or files.get(unquote(name))
        # A link to a file that doesn't exist stays plain text.
        if file is not None:
            yield file_path(link, match.start(), match.end(), file.id)


def _file_citations(run: Run, text: str) -> Iterator[dict[str, Any]]:
    matches = [(match, (int(match[1]), int(match[2]))) for match in CITATION_MARK.finditer(text)]
    # A mark that the model invented, or read in a document, is not among the thread's citations and
    # stays plain text.
    known = citations_by_mark(run.thread_id, (mark for _, mark in matches))
    for match, mark in matches:
        if citation := known.get(mark):
            yield file_citation(
                match.group(),
                match.start(),
                match.end(),
                citation.file_id,
                quote=citation.quote,
                page=citation.page,
                score=citation.score,
            )
