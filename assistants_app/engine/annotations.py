"""What stands behind the links and marks in a reply's text."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from assistants_app.models import Run
from assistants_app.queries.code_sessions import session_files
from assistants_app.wire.messages import file_path

FOLDER = "sandbox:/mnt/data/"
# In a markdown link up to its end, else up to what ends a word.
_LINK = re.compile(
    rf"(?<=\]\(){FOLDER}[^()]*(?:\([^()]*\)[^()]*)*(?=\))|{FOLDER}[^\s()\[\]<>\"'`]*[^\s()\[\]<>\"'`.,;:!?]"
)


def annotations_of(run: Run, text: str) -> list[dict[str, Any]]:
    """The annotations of a text in the order of their places, in characters."""
    return list(_file_paths(run, text)) if FOLDER in text else []


def _file_paths(run: Run, text: str) -> Iterator[dict[str, Any]]:
    """Links to files of the session; a link to what is not there stays as it is."""
    files = session_files(run.thread_id)
    for match in _LINK.finditer(text):
        link = match.group()
        name = link.removeprefix(FOLDER)
        file = files.get(name) or files.get(unquote(name))
        if file is not None:
            yield file_path(link, match.start(), match.end(), file.id)
