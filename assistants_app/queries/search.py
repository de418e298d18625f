"""Candidates of a search: passages by vector and by words, and the passages themselves."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from assistants_app.domain.attribute_filters import AttributeFilter
from assistants_app.domain.embeddings import Vector
from assistants_app.domain.search import SearchHit
from assistants_app.models.vector_stores import INDEXED_DIMENSIONS, LANGUAGE
from assistants_app.queries.attribute_filters import Sql, condition_of

CANDIDATES = 80  # of each search, before they are fused
# Up to so many passages all of them are compared, which is exact; above, the index is asked. See
# docs/adr/0008 for the figures.
EXACT_CHUNKS = 10_000
# Of a search alone: the index goes on until enough passages pass the filter, and no query is long
# enough to be compiled.
SETTINGS = {
    "hnsw.ef_search": "200",
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": "200000",
    "hnsw.scan_mem_multiplier": "8",
    "jit": "off",
}
# The index gives passages in nearly their order: so many more are asked for, and then sorted.
DISORDER = 80
# What the planner must not do: it knows neither how many passages pass a filter nor what it costs
# to fetch their words, and would rather read the whole table.
BY_INDEX = ("enable_seqscan", "enable_sort", "enable_hashjoin")
BY_WORD = BY_FILE = ("enable_seqscan",)
MOST_WORDS = 16  # of a question that are searched for
# Passages that are looked at for one word. One that is in more tells little: it does not choose
# passages, and only weighs among those that others have chosen.
MOST_PASSAGES = 2_000
FEW_STORES = 8  # for the index of words to tell them apart
SATURATION = 1.2  # BM25's k1: how soon more of the same word stops to count


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model that passages in the scope have; `chunks`: how many of them."""

    name: str
    dimension: int
    chunks: int


class Scope:
    """The files that a search is about: those of some stores that pass a filter."""

    def __init__(self, store_ids: Sequence[str], filters: AttributeFilter | None) -> None:
        self.store_ids = list(store_ids)
        condition, parameters = condition_of(filters)
        self.filtered = filters is not None
        self.files: Sql = (
            f"f.store_id = ANY(%s) AND f.chunk_count > 0 AND {condition}",
            [self.store_ids, *parameters],
        )

    def models(self) -> list[Model]:
        """The models of the passages in the scope. None means that there is no passage."""
        condition, parameters = self.files
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT f.embedding_model, f.embedding_dimension, sum(f.chunk_count)"
                f" FROM vector_store_file f WHERE {condition} GROUP BY 1, 2 ORDER BY 1",
                parameters,
            )
            return [Model(name, size, int(chunks)) for name, size, chunks in cursor.fetchall()]


def nearest(
    scope: Scope,
    model: Model,
    vector: Vector,
    *,
    limit: int = CANDIDATES,
    exact_chunks: int = EXACT_CHUNKS,
) -> list[tuple[int, float]]:
    """Ids of the passages of this model that are nearest to the vector, each with its cosine.

    Exact for a scope of up to `exact_chunks` passages, and for dimensions that have no index.
    """
    text = "[" + ",".join(f"{number:.6g}" for number in vector) + "]"
    if model.chunks <= exact_chunks or model.dimension not in INDEXED_DIMENSIONS:
        return _rows(*_compare_all(scope, model, text, limit), without=BY_FILE)
    return _rows(*_ask_index(scope, model, text, limit), without=BY_INDEX)


def _compare_all(scope: Scope, model: Model, vector: str, limit: int) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    sql = (
        "SELECT c.id, -(c.embedding <#> %s::halfvec) FROM chunk c"
        " JOIN vector_store_file f ON f.id = c.store_file_id"
        f" WHERE f.embedding_model = %s AND {condition}"
        # The sum keeps the planner from the index, which might not find enough.
        " AND f.embedding_dimension = %s ORDER BY (c.embedding <#> %s::halfvec) + 0, c.id LIMIT %s"
    )
    start = [vector, model.name]
    return sql, [*start, *parameters, model.dimension, vector, limit]


def _ask_index(scope: Scope, model: Model, vector: str, limit: int) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    distance = f"(c.embedding::halfvec({model.dimension}) <#> %s::halfvec({model.dimension}))"
    sql = (
        f"WITH near AS MATERIALIZED (SELECT c.id, -{distance} AS similarity FROM chunk c"
        " JOIN vector_store_file f ON f.id = c.store_file_id"
        f" WHERE vector_dims(c.embedding) = {model.dimension} AND c.store_id = ANY(%s)"
        f" AND f.embedding_model = %s AND {condition} ORDER BY {distance} LIMIT %s)"
        " SELECT id, similarity FROM near ORDER BY similarity DESC, id LIMIT %s"
    )
    return sql, [vector, scope.store_ids, model.name, *parameters, vector, limit + DISORDER, limit]


def words_of(query: str) -> list[str]:
    """The stems of the question's words that may tell passages apart, each once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme FROM unnest(to_tsvector(%s::regconfig, %s)) ORDER BY positions[1]",
            [LANGUAGE, query],
        )
        return [str(word) for (word,) in cursor.fetchall()][:MOST_WORDS]


def by_words(
    scope: Scope, words: Sequence[str], chunks: int, *, limit: int = CANDIDATES
) -> list[tuple[int, float]]:
    """Ids of the passages that have most of these words, the rare ones above all, each with a
    score from 0 to 1: BM25 over the most that it could be.

    A passage need not have all words. `chunks`: how many passages are in the scope.
    """
    if not words:
        return []
    hits, parameters = _passages_with(scope, words)
    sql = f"""
        WITH word(at, lexeme) AS (SELECT * FROM unnest(%s::int[], %s::text[])),
        hit AS MATERIALIZED ({hits}),
        weighed AS MATERIALIZED (
            SELECT word.at, lexeme, count(hit.id) AS found, count(hit.id) < {MOST_PASSAGES} AS rare,
                ln(1 + greatest(%s - count(hit.id) + 0.5, 0.5) / (count(hit.id) + 0.5)) AS w
            FROM word LEFT JOIN hit USING (at) GROUP BY word.at, lexeme),
        telling AS MATERIALIZED (
            SELECT at, w FROM weighed WHERE rare OR NOT EXISTS (
                SELECT FROM weighed WHERE rare AND found > 0)),
        best AS MATERIALIZED (
            SELECT hit.id FROM hit JOIN telling USING (at)
            GROUP BY hit.id ORDER BY sum(w) DESC, hit.id LIMIT %s)
        SELECT best.id, sum(w * often * (1 + {SATURATION}) / (often + {SATURATION}))
            / (SELECT sum(w) FROM weighed)
        FROM best JOIN chunk c ON c.id = best.id
        CROSS JOIN LATERAL (
            SELECT lexeme, cardinality(positions)::float AS often FROM unnest(c.words)) AS said
        JOIN weighed USING (lexeme)
        GROUP BY best.id ORDER BY 2 DESC, 1"""
    start = [list(range(len(words))), list(words)]
    return _rows(sql, [*start, *parameters, max(chunks, 1), limit], without=BY_WORD)


def _passages_with(scope: Scope, words: Sequence[str]) -> Sql:
    """Word and passage, for each word's own passages."""
    condition, of_files = scope.files if scope.filtered else ("", [])
    narrow = (
        f" AND c.store_file_id IN (SELECT f.id FROM vector_store_file f WHERE {condition})"
        if scope.filtered
        else ""
    )
    few = len(scope.store_ids) <= FEW_STORES
    stores = f" & ({' | '.join(map(_quoted, scope.store_ids))})" if few else ""
    inside = "" if few else " AND c.store_id = ANY(%s)"
    each, parameters = [], []
    for at, word in enumerate(words):
        each.append(
            f"(SELECT {at} AS at, c.id FROM chunk c WHERE c.words @@ %s::tsquery{inside}{narrow}"
            f" LIMIT {MOST_PASSAGES})"
        )
        parameters += [_quoted(word) + stores, *([] if few else [scope.store_ids]), *of_files]
    return " UNION ALL ".join(each), parameters


def _quoted(word: str) -> str:
    """A stem, or the id of a store, as a text search query of one word."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def hits_by_id(chunk_ids: Iterable[int]) -> dict[int, SearchHit]:
    """These passages, without scores."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.store_id, f.file_id, o.filename, c.index, c.text, c.start, c.end,"
            " c.page, c.heading, f.attributes FROM chunk c"
            " JOIN vector_store_file f ON f.id = c.store_file_id JOIN file o ON o.id = f.file_id"
            " WHERE c.id = ANY(%s)",
            [list(chunk_ids)],
        )
        return {row[0]: _hit(*row) for row in cursor.fetchall()}


def _hit(chunk_id: int, *columns: Any) -> SearchHit:
    *place, attributes = columns
    return SearchHit(chunk_id, *place, **{"attributes": json.loads(attributes)})


def _rows(
    sql: str, parameters: list[Any], *, without: Sequence[str] = ()
) -> list[tuple[int, float]]:
    settings = {**SETTINGS, **dict.fromkeys(without, "off")}
    set_all = ", ".join(
        f"set_config('{name}', '{value}', true)" for name, value in settings.items()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {set_all}")
        cursor.execute(sql, parameters)
        return [(chunk_id, float(score)) for chunk_id, score in cursor.fetchall()]
