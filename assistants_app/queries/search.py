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

CANDIDATES = 100  # of each search, before they are fused
# Up to so many passages all of them are compared, which is exact; above, the index is asked. See
# docs/adr/0008 for the figures.
EXACT_CHUNKS = 20_000
EF_SEARCH = 200
SCAN_TUPLES = 200_000  # that the index may look at until enough of them pass the filter
MOST_WORDS = 24  # of a question that are searched for
MOST_PASSAGES = 20_000  # that one word may be in, of those that are looked at
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
        return _rows(*_compare_all(scope, model, text, limit))
    sql, parameters = _ask_index(scope, model, text, limit)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.ef_search', %s, true),"
            " set_config('hnsw.iterative_scan', 'strict_order', true),"
            " set_config('hnsw.max_scan_tuples', %s, true),"
            # The planner does not know how selective the join is and would rather sort all.
            " set_config('enable_sort', 'off', true), set_config('enable_hashjoin', 'off', true)",
            [str(EF_SEARCH), str(SCAN_TUPLES)],
        )
        return _rows(sql, parameters)


def _compare_all(scope: Scope, model: Model, vector: str, limit: int) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    sql = (
        "SELECT c.id, -(c.embedding <#> %s::halfvec) FROM chunk c"
        " JOIN vector_store_file f ON f.id = c.store_file_id"
        f" WHERE c.store_id = ANY(%s) AND f.embedding_model = %s AND {condition}"
        # The sum keeps the planner from the index, which might not find enough.
        " AND f.embedding_dimension = %s ORDER BY (c.embedding <#> %s::halfvec) + 0, c.id LIMIT %s"
    )
    start = [vector, scope.store_ids, model.name]
    return sql, [*start, *parameters, model.dimension, vector, limit]


def _ask_index(scope: Scope, model: Model, vector: str, limit: int) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    distance = f"(c.embedding::halfvec({model.dimension}) <#> %s::halfvec({model.dimension}))"
    sql = (
        f"SELECT c.id, -{distance} FROM chunk c"
        " JOIN vector_store_file f ON f.id = c.store_file_id"
        f" WHERE vector_dims(c.embedding) = {model.dimension} AND c.store_id = ANY(%s)"
        f" AND f.embedding_model = %s AND {condition} ORDER BY {distance} LIMIT %s"
    )
    return sql, [vector, scope.store_ids, model.name, *parameters, vector, limit]


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
            SELECT word.at, lexeme, ln(1 + (%s - count(hit.id) + 0.5) / (count(hit.id) + 0.5)) AS w
            FROM word LEFT JOIN hit USING (at) GROUP BY word.at, lexeme),
        best AS MATERIALIZED (
            SELECT hit.id FROM hit JOIN weighed USING (at)
            GROUP BY hit.id ORDER BY sum(w) DESC, hit.id LIMIT %s)
        SELECT best.id, sum(w * often * (1 + {SATURATION}) / (often + {SATURATION}))
            / (SELECT sum(w) FROM weighed)
        FROM best JOIN chunk c ON c.id = best.id
        CROSS JOIN LATERAL (
            SELECT lexeme, cardinality(positions)::float AS often FROM unnest(c.words)) AS said
        JOIN weighed USING (lexeme)
        GROUP BY best.id ORDER BY 2 DESC, 1"""
    start = [list(range(len(words))), list(words)]
    return _rows(sql, [*start, *parameters, max(chunks, 1), limit])


def _passages_with(scope: Scope, words: Sequence[str]) -> Sql:
    """Word and passage, for each word's own passages."""
    condition, of_files = scope.files if scope.filtered else ("", [])
    narrow = (
        f" AND c.store_file_id IN (SELECT f.id FROM vector_store_file f WHERE {condition})"
        if scope.filtered
        else ""
    )
    each, parameters = [], []
    for at, word in enumerate(words):
        each.append(
            f"(SELECT {at} AS at, c.id FROM chunk c WHERE c.words @@ %s::tsquery"
            f" AND c.store_id = ANY(%s){narrow} LIMIT {MOST_PASSAGES})"
        )
        parameters += [_quoted(word), scope.store_ids, *of_files]
    return " UNION ALL ".join(each), parameters


def _quoted(word: str) -> str:
    """A stem as a text search query of one word."""
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


def _rows(sql: str, parameters: list[Any]) -> list[tuple[int, float]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [(chunk_id, float(score)) for chunk_id, score in cursor.fetchall()]
