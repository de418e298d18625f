"""What stands behind the links and marks in a reply's text."""

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
# In a markdown link up to its end, else up to what ends a word.
_LINK = re.compile(
    rf"(?<=\]\(){FOLDER}[^()]*(?:\([^()]*\)[^()]*)*(?=\))"
    rf"|{FOLDER}[^\s()\[\]<>\"'`]*[^\s()\[\]<>\"'`.,;:!?]"
)


def annotations_of(run: Run, text: str) -> list[dict[str, Any]]:
    """The annotations of a text in the order of their places, in characters."""
    found = list(_file_paths(run, text)) if FOLDER in text else []
    if "【" in text:
        found += _file_citations(run, text)
    return sorted(found, key=lambda annotation: int(annotation["start_index"]))


def _file_paths(run: Run, text: str) -> Iterator[dict[str, Any]]:
    """Links to files of the session; a link to what is not there stays as it is."""
    files = session_files(run.thread_id)
    for match in _LINK.finditer(text):
        link = match.group()
        name = link.removeprefix(FOLDER)
        file = files.get(name) or files.get(unquote(name))
        if file is not None:
            yield file_path(link, match.start(), match.end(), file.id)


def _file_citations(run: Run, text: str) -> Iterator[dict[str, Any]]:
    """Marks of passages that the thread's searches found; a mark that none has stays text."""
    matches = [(match, (int(match[1]), int(match[2]))) for match in CITATION_MARK.finditer(text)]
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
