"""File search on behalf of a run: wait for the files of its messages, then search its stores."""

import time
from typing import Any

from assistants_app import conf
from assistants_app.domain.errors import RunFailure
from assistants_app.domain.search import SearchHit, SearchOptions
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.gateway.query_rewriting import expand_query
from assistants_app.models import Run, VectorStore
from assistants_app.providers.chat import StopSignal
from assistants_app.queries.connections import release_connection
from assistants_app.queries.stores.stores import is_expired, stores_of_run, unfinished_files
from assistants_app.services.stores.search import search_stores

RESULTS = 20  # of a search, unless the tool says otherwise (the vendor's default)
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two looks


def wait_for_stores(run: Run, stop: StopSignal, *, patience: float | None = None) -> bool:
    """Wait until the files of the run's thread are indexed, for at most `patience` seconds (the
    vendor's 60); whether they are. Ends early when the run is told to stop.

    Only the thread's store is waited for: an assistant's large store may be at work for hours.
    """
    until = time.monotonic() + (conf.ATTACHMENT_PATIENCE if patience is None else patience)
    pause = FIRST_PAUSE
    stores = [store.id for store in stores_of_run(run, of_assistant=False)]
    while stores and unfinished_files(stores):
        left = until - time.monotonic()
        if left <= 0:
            return False
        release_connection()
        if stop.wait(min(pause, left)):
            return False
        pause = min(2 * pause, LONGEST_PAUSE)
    return True


def search_for_run(run: Run, query: str, stop: StopSignal) -> list[SearchHit]:
    """The passages that answer the query best, out of all stores of the run, as its tool asks for
    them; `stop` ends the wait for a model that rewrites it. Raises ``RunFailure`` when one of the
    stores has expired, ``ApiError`` when the embedding model cannot be reached.
    """
    stores = stores_of_run(run)
    _check_alive(stores)
    if not stores or not query.strip():
        return []
    questions = expand_query(project_id=run.project_id, query=query, stop=stop)
    return search_stores(stores=stores, questions=questions, options=search_options(run))


def search_options(run: Run) -> SearchOptions:
    """What the run's tool says of its searches; the defaults without such a tool."""
    asked: dict[str, Any] = {}
    for tool in run.tools:
        if tool["type"] == FILE_SEARCH:
            asked = tool.get(FILE_SEARCH) or {}
    ranking = asked.get("ranking_options") or {}
    return SearchOptions(
        max_results=asked.get("max_num_results") or RESULTS,
        score_threshold=ranking.get("score_threshold") or 0.0,
    )


def _check_alive(stores: list[VectorStore]) -> None:
    for store in stores:
        if is_expired(store):
            raise RunFailure(
                "server_error",
                f"Vector store {store.id} has expired. Attach a new one with the same files.",
            )
