"""Annotations of a reply: links to files of the session, and marks that cite chunks."""

import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from assistants_app.models import Citation
from assistants_app.queries.runs.citations import citations_of_search, next_number
from assistants_app.queries.runs.code_sessions import session_files
from assistants_app.services.runs.persistence import persistently
from assistants_app.wire.threads.messages import file_citation, file_path


class Sources:
    """What the replies of a thread can refer to, read when a reply first does."""

    # Only calls of tools add files and citations, and no tool runs while a reply is written. So
    # what was read once stays right until its end.

    def __init__(self, thread_id: str) -> None:
        self._thread_id = thread_id
        self._files: dict[str, str] | None = None
        self._next_search: int | None = None
        self._searches: dict[int, dict[int, Citation]] = {}

    def link(self, text: str, names: Iterable[str], start: int) -> dict[str, Any] | None:
        """Return an annotation for the link `text`, or None if no file has one of the `names`.

        `start` is the link's place in the reply, in characters.
        """
        # A link to a file that doesn't exist stays plain text.
        file_id = next(filter(None, map(self._file, names)), None)
        return None if file_id is None else file_path(text, start, start + len(text), file_id)

    def mark(self, text: str, number: int, place: int, start: int) -> dict[str, Any] | None:
        """Return an annotation for the citation mark `text`, or None if it cites nothing.

        `number` and `place` are those in the mark, and `start` is as in :meth:`link`.
        """
        # A mark that the model invented, or read in a document, is not among the thread's citations
        # and stays plain text.
        citation = self._search(number).get(place)
        if citation is None:
            return None
        return file_citation(
            text,
            start,
            start + len(text),
            citation.file_id,
            quote=citation.quote,
            page=citation.page,
            score=citation.score,
        )

    def _file(self, name: str) -> str | None:
        if self._files is None:
            found = persistently(session_files, self._thread_id)
            self._files = {_normal(name): file.id for name, file in found.items()}
        # Models write a name as it is or percent-encoded.
        return self._files.get(_normal(name)) or self._files.get(_normal(unquote(name)))

    def _search(self, number: int) -> dict[int, Citation]:
        if self._next_search is None:
            self._next_search = persistently(next_number, self._thread_id)
        # Invented numbers cost no query.
        if number not in self._searches and number < self._next_search:
            self._searches[number] = persistently(citations_of_search, self._thread_id, number)
        return self._searches.get(number, {})


def _normal(name: str) -> str:
    # The same letters can be written in several ways, and models don't keep the file's way.
    return unicodedata.normalize("NFC", name)
