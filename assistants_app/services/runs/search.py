"""File search for a run: wait until its messages' files are indexed, then search its stores."""

import time
from typing import Any

from assistants_app import conf
from assistants_app.domain.errors import RunFailure
from assistants_app.domain.money.limits import Caller
from assistants_app.domain.search import SearchHit, SearchOptions
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.gateway.query_rewriting import expand_query
from assistants_app.models import Run, VectorStore
from assistants_app.providers.chat import StopSignal
from assistants_app.queries.stores.stores import (
    is_expired,
    searchable_files,
    stores_of_run,
    unfinished_files,
)
from assistants_app.services.project.direct_calls import metered
from assistants_app.services.stores.search import search_stores

RESULTS = 20  # of a search, unless the tool sets `max_num_results` (the vendor's default)
# Seconds between two checks. They grow, so that a small file is noticed at once and a large one
# costs few queries.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0


def wait_for_stores(run: Run, stop: StopSignal, *, patience: float | None = None) -> bool:
    """Wait until the files of the run's thread are indexed, and return whether they are.

    Waits for up to `patience` seconds, by default `ATTACHMENT_PATIENCE`, or until `stop` is set.
    """
    until = time.monotonic() + (conf.ATTACHMENT_PATIENCE if patience is None else patience)
    pause = FIRST_PAUSE
    # The assistant's stores don't count: a large one may take hours, and the person who attached a
    # file waits for that file only.
    stores = [store.id for store in stores_of_run(run, of_assistant=False)]
    while stores and unfinished_files(stores):
        left = until - time.monotonic()
        if left <= 0:
            return False
        if stop.wait(min(pause, left)):
            return False
        pause = min(2 * pause, LONGEST_PAUSE)
    return True


def search_for_run(run: Run, query: str, stop: StopSignal) -> list[SearchHit]:
    """Return the chunks in the run's stores that match the query best, with its tool's options.

    `stop` ends the wait for a model that rewrites the query. Raises ``RunFailure`` if a store has
    expired, and ``ApiError`` if the embedding model is unavailable.
    """
    stores = stores_of_run(run)
    _check_alive(stores)
    if not stores or not query.strip():
        return []
    # Nothing is refused here: the run's next question to its model is checked anyway.
    with metered(run.project_id, Caller(run.api_key_id, run.person_id)) as meter:
        questions = expand_query(project_id=run.project_id, query=query, stop=stop, meter=meter)
        return search_stores(
            stores=stores, questions=questions, options=search_options(run), meter=meter
        )


def count_files(run: Run) -> int:
    """Return how many files a search of the run reads."""
    return searchable_files([store.id for store in stores_of_run(run)])


def search_options(run: Run) -> SearchOptions:
    """Return the options of the run's file search tool, or the defaults without one."""
    given: dict[str, Any] = {}
    for tool in run.tools:
        if tool["type"] == FILE_SEARCH:
            given = tool.get(FILE_SEARCH) or {}
    ranking = given.get("ranking_options") or {}
    return SearchOptions(
        max_results=given.get("max_num_results") or RESULTS,
        score_threshold=ranking.get("score_threshold") or 0.0,
    )


def _check_alive(stores: list[VectorStore]) -> None:
    for store in stores:
        if is_expired(store):
            raise RunFailure(
                "server_error",
                f"Vector store {store.id} has expired. Attach a new one with the same files.",
            )
