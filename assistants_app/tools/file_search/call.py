"""One call of file search."""

import json
import time
from typing import Any

from assistants_app import conf
from assistants_app.domain.errors import ApiError, RunStopped, ToolError
from assistants_app.domain.search import SearchOptions
from assistants_app.models import Run, VectorStore
from assistants_app.providers.chat_model import StopSignal
from assistants_app.queries.connections import release_connection
from assistants_app.queries.vector_stores import stores_of_run, unfinished_files
from assistants_app.services.citations import keep_hits
from assistants_app.services.search import search_stores
from assistants_app.tools.file_search.words import words_for_model
from assistants_app.tools.tool import Work
from assistants_app.wire.run_steps import FILE_SEARCH, search_call, search_call_start, search_result

# The vendor's: as many passages as a model of a large context takes.
RESULTS_DEFAULT = 20
WAIT_SECONDS = 0.2
RANKER = "default_2024_08_21"


class SearchCall:
    """See :class:`assistants_app.tools.tool.Call`."""

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self._arguments = ""
        self._query = ""
        self._threshold = 0.0
        self._results: list[dict[str, Any]] = []

    def start(self, index: int) -> dict[str, Any]:
        """A call without results."""
        return search_call_start(index, self.id)

    def write(self, work: Work, arguments: str) -> None:
        """Keep it; the vendor's deltas have no query."""
        self._arguments += arguments

    def details(self) -> dict[str, Any]:
        """The query and what it found."""
        return search_call(
            self.id,
            query=self._query,
            ranker=RANKER,
            score_threshold=self._threshold,
            results=self._results,
        )

    def carry_out(self, work: Work) -> str:
        """Search, and keep what was found under marks that the model may cite."""
        self._query = _query_of(self._arguments)
        options = _options(work.run)
        self._threshold = options.score_threshold
        stores = stores_of_run(work.run)
        _wait_for_files(stores, work.stop)
        try:
            hits = search_stores(stores=stores, questions=[self._query], options=options)
        except ApiError as error:
            raise ToolError(f"The files cannot be searched now: {error.message}") from error
        citations = keep_hits(run=work.run, hits=hits)
        release_connection()
        self._results = [search_result(citation) for citation in citations]
        return words_for_model(citations)


def _wait_for_files(stores: list[VectorStore], stop: StopSignal) -> None:
    """Give files that were attached a moment ago some time to be indexed."""
    give_up = time.monotonic() + conf.ATTACHMENT_PATIENCE
    while stores and unfinished_files(store.id for store in stores):
        release_connection()
        if stop.wait(WAIT_SECONDS):
            raise RunStopped
        if time.monotonic() > give_up:
            return


def _query_of(arguments: str) -> str:
    try:
        given = json.loads(arguments, strict=False)
    except ValueError:
        given = None
    query = given.get("query") if isinstance(given, dict) else None
    if not isinstance(query, str) or not query.strip():
        raise ToolError('The arguments must be JSON with one text: {"query": "..."}.')
    return query.replace("\0", " ").strip()


def _options(run: Run) -> SearchOptions:
    tool = next(tool for tool in run.tools if tool["type"] == FILE_SEARCH)
    given = tool.get("file_search") or {}
    ranking = given.get("ranking_options") or {}
    return SearchOptions(
        max_results=given.get("max_num_results") or RESULTS_DEFAULT,
        score_threshold=ranking.get("score_threshold") or 0.0,
    )
