"""One call of file search."""

import json
from collections.abc import Mapping
from typing import Any

from assistants_app.domain.errors import ApiError, RunStopped, ToolError
from assistants_app.domain.search import SearchHit
from assistants_app.domain.tapes.calls import RecordedCall, RecordedTape
from assistants_app.domain.tapes.divergence import renumbered
from assistants_app.domain.tapes.steps import with_note
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.events import publish
from assistants_app.services.runs.citations import save_citations
from assistants_app.services.runs.persistence import persistently
from assistants_app.services.runs.search import (
    count_files,
    search_for_run,
    search_options,
    wait_for_stores,
)
from assistants_app.tools.file_search.words import UNFINISHED, words_for_model
from assistants_app.tools.tool import CallSite
from assistants_app.wire.runs.steps import (
    RESULT,
    search_call,
    search_call_start,
    search_outcome,
    search_result,
)
from assistants_app.wire.storable import storable

# The vendor's name for its ranker, reported in the step. The ranking itself is our own.
RANKER = "default_2024_08_21"


class SearchCall:
    """See :class:`assistants_app.tools.tool.Call`."""

    type = FILE_SEARCH

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.note: dict[str, Any] | None = None
        self._arguments = ""
        self._query = ""
        self._threshold = 0.0
        self._results: list[dict[str, Any]] = []
        self._outcome: dict[str, Any] = {}

    def start(self, index: int) -> dict[str, Any]:
        """Return the first delta, which has no results."""
        return search_call_start(index, self.id)

    def write(self, site: CallSite, arguments: str) -> None:
        """Add a piece of the arguments."""
        # Nothing is published: the vendor's deltas of a search have no query.
        self._arguments += arguments

    def details(self) -> dict[str, Any]:
        """Return the call with its query and results, or the reason why there are no results."""
        call = search_call(
            self.id,
            query=self._query,
            ranker=RANKER,
            score_threshold=self._threshold,
            results=self._results,
        )
        return {**call, RESULT: self._outcome} if self._outcome else call

    def arguments(self) -> str:
        """Return the query."""
        return _query_of(self._arguments)

    def carry_out(self, site: CallSite) -> str:
        """Search, and store the chunks that were found under marks that the model can cite."""
        try:
            return self._search(site)
        except ToolError as error:
            self._publish_end(site, search_outcome("error", error.message))
            raise

    def _search(self, site: CallSite) -> str:
        self._query = _query_of(self._arguments)
        self._threshold = search_options(site.run).score_threshold
        # The user may have attached a file just before asking about it.
        whole = persistently(wait_for_stores, site.run, site.stop)
        if site.stop.is_set():
            raise RunStopped
        try:
            hits = persistently(search_for_run, site.run, self._query, site.stop)
        except ApiError as error:
            raise ToolError(f"Couldn't search the files: {error.message}") from error
        citations = persistently(save_citations, run=site.run, hits=hits)
        files = persistently(count_files, site.run)
        self._results = [search_result(citation) for citation in citations]
        reason = "" if whole else UNFINISHED
        parts = [(hit.similarity, hit.text_score) for hit in hits]
        self._publish_end(site, search_outcome("ok", reason, files=files, parts=parts))
        words = words_for_model(citations)
        return words if whole else f"{words}\n\n[{UNFINISHED}]"

    def play(self, site: CallSite, tape: RecordedTape, recorded: RecordedCall) -> str:
        """Show the recorded chunks, under marks with the next number of this thread."""
        self._query = _query_of(self._arguments)
        options = recorded.details[FILE_SEARCH].get("ranking_options") or {}
        self._threshold = options.get("score_threshold", 0.0)
        hits = [_hit_of(citation) for citation in recorded.citations]
        citations = persistently(save_citations, run=site.run, hits=hits)
        self._results = [search_result(citation) for citation in citations]
        self._publish_end(site, dict(recorded.details[RESULT]))
        if not citations:
            return recorded.output
        return renumbered(recorded.output, {recorded.citations[0]["number"]: citations[0].number})

    def fail(self, site: CallSite, reason: str) -> None:
        """Show the query and the reason."""
        self._query = _query_of(self._arguments)
        self._publish_end(site, search_outcome("error", reason))

    def _publish_end(self, site: CallSite, outcome: dict[str, Any]) -> None:
        self._outcome = with_note(outcome, self.note)
        ended = publish.call_ended(site.step_id, site.index, self._outcome)
        publish.publish(site.run.thread_id, [ended])


def _query_of(arguments: str) -> str:
    try:
        given = json.loads(arguments, strict=False)
    except ValueError:
        given = None
    query = given.get("query") if isinstance(given, dict) else None
    if not isinstance(query, str) or not query.strip():
        raise ToolError('The arguments must be JSON with one string: {"query": "..."}.')
    return storable(query).strip()


def _hit_of(recorded: Mapping[str, Any]) -> SearchHit:
    # The store and the chunk may be gone. A citation doesn't refer to them.
    columns = ("file_id", "filename", "start", "end", "page", "heading", "score")
    kept = {name: recorded[name] for name in columns}
    return SearchHit(chunk_id=0, store_id="", index=0, text=recorded["quote"], **kept)
