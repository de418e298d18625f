"""Recall in five languages: `python -m tests.bench.languages.measure`.

All passages are in one store. A question's passage is the one in its own language.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import django

from tests import servers
from tests.bench.languages import LANGUAGES, corpus_of
from tests.bench.measures import Row
from tests.live import ROOT

BEST = 5


def languages() -> list[Row]:
    """Return all rows, measured in a process of its own, since the others know no Django."""
    command = [sys.executable, "-m", "tests.bench.languages.measure", "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(row) for row in json.loads(done.stdout)]


def rows() -> list[Row]:
    """Return recall@5 for each language, by words, by vector and fused, for both local models."""
    from assistants_app.retrieval.embed import BUNDLED, MULTILINGUAL  # noqa: PLC0415

    measured: list[Row] = []
    for model in (BUNDLED.name, MULTILINGUAL.name):
        measured += _of_model(model, with_words=model == BUNDLED.name)
    return measured


def _of_model(model: str, *, with_words: bool) -> list[Row]:
    from assistants_app.domain.search import SearchOptions  # noqa: PLC0415
    from assistants_app.gateway.embedders import embedder_of  # noqa: PLC0415
    from assistants_app.gateway.metering import Meter  # noqa: PLC0415
    from assistants_app.queries.stores.search import (  # noqa: PLC0415
        Scope,
        by_words,
        nearest,
        words_of,
    )
    from assistants_app.services.stores.search import search_stores  # noqa: PLC0415
    from tests.bench.languages.store import made_store  # noqa: PLC0415

    store, ids = made_store(model)
    scope = Scope([store.id], None)
    [used] = scope.models()

    def words(question: str) -> list[int]:
        return [chunk_id for chunk_id, _ in by_words(scope, words_of(question), used.chunks)]

    def vectors(question: str) -> list[int]:
        [vector] = embedder_of(model).embed([question], "query")
        return [chunk_id for chunk_id, _ in nearest(scope, used, vector)]

    def both(question: str) -> list[int]:
        options = SearchOptions(max_results=BEST)
        hits = search_stores(stores=[store], questions=[question], options=options, meter=Meter())
        return [hit.chunk_id for hit in hits]

    searches: list[tuple[str, Callable[[str], list[int]]]] = [
        (f"by vector, {model}", vectors),
        (f"fused, {model}", both),
    ]
    if with_words:
        searches.insert(0, ("by words", words))
    return [
        (f"{name}, {what}: recall@{BEST}", _recall(language, search, ids[language]), "")
        for language, name in LANGUAGES.items()
        for what, search in searches
    ]


def _recall(language: str, search: Callable[[str], list[int]], ids: Sequence[int]) -> str:
    questions = corpus_of(language).questions
    found = sum(ids[place] in search(question)[:BEST] for question, place in questions)
    return f"{found / len(questions):.2f}"


def main(arguments: Sequence[str]) -> None:
    """Print rows, as JSON or for people."""
    servers.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    django.setup()
    measured = rows()
    as_json = "--json" in arguments
    sys.stdout.write(
        json.dumps(measured) if as_json else "\n".join(map(" | ".join, measured)) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
