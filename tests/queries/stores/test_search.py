"""Searches find the same chunks as comparing all of them, for any store and filter."""

import json
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from assistants_app.domain.embeddings import Vector
from assistants_app.domain.searches.attribute_filters import AttributeFilter, Comparison
from assistants_app.models import Chunk
from assistants_app.queries.stores import search
from assistants_app.queries.stores.search import Scope, by_words, nearest, words_of
from tests.queries.made_chunks import WORDS, MadeChunks

CHUNKS = 6000
YEAR = Comparison("eq", "year", 2004)  # a twentieth of the files
ALL = 10**9
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[MadeChunks]:
    with django_db_blocker.unblock():
        chunks = MadeChunks(CHUNKS, small_stores=3)
        chunks.fill()
        yield chunks
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE project CASCADE; TRUNCATE chunk")


def found(
    stores: list[str], wanted: AttributeFilter | None, vector: Vector, exact_chunks: int
) -> list[int]:
    scope = Scope(stores, wanted)
    [model] = scope.models()
    rows = nearest(scope, model, vector, limit=20, exact_chunks=exact_chunks)
    return [chunk_id for chunk_id, _ in rows]


def brute_force(stores: list[str], wanted: AttributeFilter | None, vector: Vector) -> list[int]:
    """Return the 20 nearest chunks by comparing all of them in Python."""
    year = None if wanted is None else YEAR.value
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.embedding::text, f.attributes FROM chunk c"
            " JOIN vector_store_file f ON f.id = c.store_file_id WHERE f.store_id = ANY(%s)",
            [stores],
        )
        scored = [
            (sum(a * b for a, b in zip(json.loads(text), vector, strict=True)), chunk_id)
            for chunk_id, text, attributes in cursor.fetchall()
            if year is None or json.loads(attributes)["year"] == year
        ]
    return [chunk_id for _, chunk_id in sorted(scored, reverse=True)[:20]]


def test_small_stores_are_searched_exactly(made: MadeChunks) -> None:
    for stores in (made.small[:1], made.small[1:]):
        question = made.question()
        assert set(found(stores, None, question, search.EXACT_CHUNKS)) >= set(
            brute_force(stores, None, question)[:18]
        )


@pytest.mark.parametrize("wanted", [None, YEAR])
def test_the_index_finds_what_comparing_all_finds(
    made: MadeChunks, wanted: AttributeFilter | None
) -> None:
    shares = []
    for stores in ([made.large], made.small[:1], [made.large, *made.small]):
        same = total = 0
        for _ in range(20):
            question = made.question()
            exact = found(stores, wanted, question, ALL)
            same += len(set(exact) & set(found(stores, wanted, question, 0)))
            total += len(exact)
        shares.append(same / total)
    # Chance takes part in building the index, and counts less over all scopes than in one.
    assert sum(shares) / len(shares) >= 0.98
    assert min(shares) >= 0.95


def test_nothing_is_found_outside_of_the_stores_and_the_filter(made: MadeChunks) -> None:
    for exact_chunks in (0, ALL):
        ids = found(made.small[:2], YEAR, made.question(), exact_chunks)
        hits = search.hits_by_id(ids).values()
        assert {hit.store_id for hit in hits} <= set(made.small[:2])
        assert {hit.attributes["year"] for hit in hits} == {2004}


@pytest.mark.parametrize(("exact_chunks", "index"), [(0, "chunk_vector_384"), (ALL, None)])
def test_the_planner_uses_the_vector_index_only_when_chosen(
    made: MadeChunks, exact_chunks: int, index: str | None
) -> None:
    scope = Scope([made.large], YEAR)
    [model] = scope.models()
    plans: list[Any] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "FROM chunk" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                plans.append(json.dumps(cursor.fetchone()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        nearest(scope, model, made.question(), exact_chunks=exact_chunks)
    [plan] = plans
    assert ("chunk_vector_384" in plan) == (index is not None)


def test_dimensions_without_an_index_are_searched_too(made: MadeChunks) -> None:
    scope = Scope(made.small[:1], None)
    [model] = scope.models()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE chunk SET embedding = '[1,0,0]' WHERE store_id = %s", made.small[:1])
        cursor.execute(
            "UPDATE vector_store_file SET embedding_dimension = 3 WHERE store_id = %s",
            made.small[:1],
        )
    three = replace(model, dimension=3)
    rows = nearest(scope, three, array("f", [0.6, 0.8, 0.0]), limit=5, exact_chunks=0)
    assert [round(score, 2) for _, score in rows] == [0.6] * 5


def test_chunks_with_most_of_the_rare_words_come_first(made: MadeChunks) -> None:
    scope = Scope([made.large], None)
    chunks = scope.models()[0].chunks
    chunk = Chunk.objects.filter(store_id=made.large).latest("id")
    chunk.text += " quixotic zephyr 'o\\ne"
    chunk.save(update_fields=["text", "words"])
    common = made.asked(3)
    rows = by_words(scope, words_of(f"Is the {common} quixotic, zephyr o'ne \\ & | ! :* ?"), chunks)
    assert rows[0][0] == chunk.id
    assert rows[0][1] > rows[1][1]
    assert len(rows) > 1
    assert by_words(scope, words_of("what is the"), chunks) == []
    assert by_words(scope, ["zzzz"], chunks) == []


def test_frequent_words_select_chunks_only_in_pairs_or_with_rare_words(made: MadeChunks) -> None:
    scope = Scope([made.large], None)
    chunks = scope.models()[0].chunks
    frequent = WORDS[10:13]
    texts = [set(text.split()) for text in found_by_words(scope, frequent, chunks)]
    assert len(texts) == search.CANDIDATES
    assert all(len(text & set(frequent)) >= 2 for text in texts)
    assert found_by_words(scope, frequent[:1], chunks)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chunk SET text = text || ' zanzibar', words = words || 'zanzibar:121'"
            " WHERE id IN (SELECT id FROM chunk"
            " WHERE store_id = %s ORDER BY id LIMIT 400)",
            [made.large],
        )
    for asked in (["zanzibar", frequent[0]], ["zanzibar", frequent[0], "unheard"]):
        texts = [set(text.split()) for text in found_by_words(scope, asked, chunks)]
        assert len(texts) == search.CANDIDATES
        assert all({"zanzibar", frequent[0]} <= text for text in texts)
    # A word that no chunk has changes nothing.
    texts = [set(text.split()) for text in found_by_words(scope, ["unheard", *frequent], chunks)]
    assert all(len(text & set(frequent)) >= 2 for text in texts)


def test_a_search_by_words_keeps_to_the_filter(made: MadeChunks) -> None:
    for narrow in (0, search.NARROW):
        scope = Scope([made.large, *made.small], YEAR)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "NARROW", narrow)
            rows = by_words(scope, words_of(made.asked(6)), scope.models()[0].chunks)
        hits = search.hits_by_id(chunk_id for chunk_id, _ in rows).values()
        assert hits
        assert {hit.attributes["year"] for hit in hits} == {2004}


def found_by_words(scope: Scope, asked: list[str], chunks: int) -> list[str]:
    ids = [chunk_id for chunk_id, _ in by_words(scope, words_of(" ".join(asked)), chunks)]
    hits = search.hits_by_id(ids)
    return [hits[chunk_id].text for chunk_id in ids]
