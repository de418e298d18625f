"""Helpers that create, index and search vector stores within a test."""

from typing import Any

from assistants_app.domain.search import SearchOptions
from assistants_app.engine.indexing import index_next_file
from assistants_app.gateway.metering import Meter
from assistants_app.models import VectorStore
from assistants_app.services.stores import requests as vector_stores
from assistants_app.services.stores import search
from assistants_app.wire.stores.stores import VectorStoreCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_file

TEXT = b"The blue whale is the largest animal that has ever lived."

SIZES = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}
SMALL: Any = {"type": "static", "static": SIZES}


def make_store(cast: Cast, *texts: bytes, **params: Any) -> VectorStore:
    """Create a store with a file for each text. The files wait for an indexer."""
    ids = [make_file(cast.project, text, filename=f"{n}.txt").id for n, text in enumerate(texts)]
    parsed = parse(VectorStoreCreateParams, {"file_ids": ids, **params})
    return vector_stores.create_store(project=cast.project, params=parsed)


def index_all() -> int:
    done = 0
    while index_next_file():
        done += 1
    return done


def ask(store: VectorStore, question: str = "largest animal") -> list[str]:
    hits = search.search_stores(
        stores=[store], questions=[question], options=SearchOptions(), meter=Meter()
    )
    return [hit.text for hit in hits]
