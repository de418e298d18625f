"""The queries of a search: candidates by vector and by words, and the chunks themselves.

docs/adr/0008 has the measurements behind the constants and plans in this module.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import connection, transaction

from assistants_app.domain.embeddings import Vector
from assistants_app.domain.search import SearchHit
from assistants_app.domain.searches.attribute_filters import AttributeFilter
from assistants_app.domain.words.searches import question_terms
from assistants_app.models.vector_stores import INDEXED_DIMENSIONS
from assistants_app.queries.stores.attribute_filters import Sql, condition_of
from assistants_app.queries.words import CHUNKS, rebuild_of

CANDIDATES = 80  # of each search, before they are fused
# Up to EXACT_CHUNKS in the scope, all chunks are compared, which is exact. Above, the index is
# asked. It reads more chunks the smaller the scope is in its table. In a large table, comparing all
# is therefore faster up to the square root of EXACT_SHARE times the table's chunks.
EXACT_CHUNKS = 10_000
EXACT_SHARE = 4_000
MOST_EXACT_CHUNKS = 60_000
# PostgreSQL's settings for the queries of a search only.
SETTINGS = {
    "hnsw.ef_search": "200",
    # The index is read until enough chunks pass the filter. In `strict_order` it drops chunks that
    # it comes upon too late: with a filter to a 19th, recall@20 was 0.76 instead of 0.97.
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": "200000",
    "hnsw.scan_mem_multiplier": "8",
    # No query runs long enough to be worth compiling.
    "jit": "off",
    # Starting a parallel worker takes longer than a search may.
    "max_parallel_workers_per_gather": "0",
    # A plan that is kept for a prepared statement wouldn't follow these settings, nor the number of
    # stores and the words.
    "plan_cache_mode": "force_custom_plan",
}
# The index returns chunks in nearly the right order. This many more are asked for, then sorted.
DISORDER = 120
# What the planner may not do. It knows neither how many chunks pass a filter nor what it costs to
# fetch their words, so it would prefer to read the whole table.
BY_INDEX = ("enable_seqscan", "enable_sort", "enable_hashjoin")
BY_WORD = BY_FILE = ("enable_seqscan",)
MOST_WORDS = 16  # words of a question that are searched for
# The most chunks that are read for one word. A word in more chunks is frequent: it says little
# about any of them, so it selects none and only adds to the score of those that other words select.
MOST_CHUNKS = 1_000
# Up to this many chunks in a filtered scope, each word's chunks are looked up by the scope's files.
NARROW = 60_000
# If a question has only frequent words, this many of the rarest are searched for in pairs.
PAIRED = 4
# If the stores have this share of all chunks, searching the whole table for a word is faster than
# having the index of words select the stores.
WIDE = 0.1
FEW_STORES = 8  # the most stores that the index of words selects
SATURATION = 1.2  # BM25's k1: how soon further occurrences of a word stop counting


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model of chunks in the scope.

    `chunks` is their number, and `exact` the number up to which all are compared.
    """

    name: str
    dimension: int
    chunks: int
    exact: int = EXACT_CHUNKS


class Scope:
    """The files to search: those in some stores that pass a filter."""

    def __init__(self, store_ids: Sequence[str], filters: AttributeFilter | None) -> None:
        self.store_ids = list(store_ids)
        condition, parameters = condition_of(filters)
        self.filtered = filters is not None
        self.files: Sql = (
            f"f.store_id = ANY(%s) AND f.chunk_count > 0 AND {condition}",
            [self.store_ids, *parameters],
        )

    def models(self) -> list[Model]:
        """Return the embedding models of the chunks in the scope, or none if it has no chunks."""
        # The counts come from the files' rows, so a filter's chunks are counted and not estimated.
        condition, parameters = self.files
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT f.embedding_model, f.embedding_dimension, sum(f.chunk_count)::bigint,"
                f" greatest({EXACT_CHUNKS}, least({MOST_EXACT_CHUNKS}, sqrt({EXACT_SHARE}"
                " * greatest(0, (SELECT reltuples FROM pg_class WHERE oid = 'chunk'::regclass)))"
                "))::int"
                f" FROM vector_store_file f WHERE {condition} GROUP BY 1, 2 ORDER BY 1",
                parameters,
            )
            return [Model(*row) for row in cursor.fetchall()]


@contextmanager
def snapshot() -> Iterator[None]:
    """Let the queries within see one state of the database."""
    if connection.in_atomic_block:  # the isolation of a transaction cannot be changed midway
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def nearest(
    scope: Scope,
    model: Model,
    vector: Vector,
    *,
    limit: int = CANDIDATES,
    exact_chunks: int | None = None,
) -> list[tuple[int, float]]:
    """Return the ids of the model's chunks that are nearest to the vector, with their cosines.

    The result is exact for up to `exact_chunks` chunks in the scope, and for dimensions without an
    index. By default `exact_chunks` depends on the size of the table.
    """
    text = "[" + ",".join(f"{number:.6g}" for number in vector) + "]"
    most = model.exact if exact_chunks is None else exact_chunks
    if model.chunks <= most or model.dimension not in INDEXED_DIMENSIONS:
        return _fetch_scores(*_sql_of_comparison(scope, model, text, limit), without=BY_FILE)
    return _fetch_scores(*_sql_of_index(scope, model, text, limit), without=BY_INDEX)


def _sql_of_comparison(
    scope: Scope, model: Model, vector: str, limit: int
) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    sql = (
        # "OFFSET 0" makes the plan go from the files to their chunks. The planner does not know how
        # few files pass a filter and would read all chunks, which took 74 ms instead of 6 for 5,300
        # of 100,000.
        "SELECT c.id, -(c.embedding <#> %s::halfvec) AS similarity FROM vector_store_file f"
        " CROSS JOIN LATERAL (SELECT id, embedding FROM chunk"
        " WHERE store_file_id = f.id OFFSET 0) AS c"
        f" WHERE f.embedding_model = %s AND {condition} AND f.embedding_dimension = %s"
        " ORDER BY similarity DESC, c.id LIMIT %s"
    )
    return sql, [vector, model.name, *parameters, model.dimension, limit]


def _sql_of_index(scope: Scope, model: Model, vector: str, limit: int) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    # The planner uses the dimension's partial index only for its own expression and condition.
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
    """Return the stems of the question's words, without duplicates and words such as "the"."""
    words = question_terms(query, limit=MOST_WORDS)
    rebuild = rebuild_of(CHUNKS)
    if rebuild is None or not rebuild.by_server:
        return words
    # Chunks whose words are not rebuilt yet have those of PostgreSQL's parser.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme FROM unnest(to_tsvector('english'::regconfig, %s))"
            " ORDER BY positions[1]",
            [query],
        )
        old = [str(word) for (word,) in cursor.fetchall()]
    return list(dict.fromkeys([*words, *old[:MOST_WORDS]]))


@dataclass(frozen=True, slots=True)
class Term:
    """Matches chunks that contain every word in `words` and at least one in `among`, if any."""

    words: Sequence[str]
    among: Sequence[str] = ()

    def query(self) -> str:
        """Return the term as a text search query."""
        among = [" | ".join(map(_quote, self.among))] if self.among else []
        return " & ".join([*map(_quote, self.words), *(f"({some})" for some in among)])


def by_words(
    scope: Scope, words: Sequence[str], chunks: int, *, limit: int = CANDIDATES
) -> list[tuple[int, float]]:
    """Return the ids of the chunks that match the words best, with scores from 0 to 1.

    A chunk need not have all words, and rare words count more. The score is BM25, divided by the
    highest possible value. `chunks` is the number of chunks in the scope.
    """
    question = _with_frequent_words(scope, words, chunks)
    frequent = question.frequent
    rare = [word for word in words if word not in frequent]
    rarest = sorted(frequent, key=frequent.__getitem__)[:PAIRED]
    # Rare words select chunks on their own, frequent ones only beside a rare one.
    alone = [Term((word,)) for word in rare]
    beside = [Term((word,), among=rare) for word in rarest if rare]
    found = _best_matches(question, alone + beside, limit)
    if found or not frequent:
        return found
    # No rare word was found. Two frequent words together select few enough chunks.
    pairs = [Term(pair) for pair in combinations(rarest, min(2, len(rarest)))]
    return _best_matches(question, pairs, limit)


def having_all(chunk_ids: Sequence[int], words: Sequence[str]) -> set[int]:
    """Return the ids of those chunks that have all of the words."""
    if not chunk_ids or not words:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM chunk WHERE id = ANY(%s) AND words @@ %s::tsquery",
            [list(chunk_ids), Term(words).query()],
        )
        return {chunk_id for (chunk_id,) in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Question:
    """The words to search for in a scope of `chunks` chunks.

    `frequent` has the words that are too frequent to select chunks, with about how many chunks they
    are in. `wide` means that the stores have a large part of all chunks.
    """

    scope: Scope
    words: Sequence[str]
    chunks: int
    frequent: dict[str, float]
    wide: bool


def _with_frequent_words(scope: Scope, words: Sequence[str], chunks: int) -> Question:
    if chunks < MOST_CHUNKS:
        return Question(scope, words, chunks, {}, wide=False)
    # The planner's statistics know the most frequent words. When they were counted row by row, a
    # ranking by words took 12 ms instead of 8.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, part FROM pg_stats, unnest("
            "most_common_elems::text::text[], most_common_elem_freqs) AS common(word, part)"
            " WHERE schemaname = current_schema() AND tablename = 'chunk' AND attname = 'words'"
            " AND word = ANY(%s)",
            [[*words, *scope.store_ids]],
        )
        parts = dict(cursor.fetchall())
    # A store's id is one of its chunks' words, so the statistics also know the share of a store.
    wide = sum(parts.pop(store, 0.0) for store in scope.store_ids) >= WIDE
    many = {word: part * chunks for word, part in parts.items()}
    frequent = {word: count for word, count in many.items() if count >= MOST_CHUNKS}
    return Question(scope, words, chunks, frequent, wide)


def _best_matches(question: Question, terms: Sequence[Term], limit: int) -> list[tuple[int, float]]:
    if not terms:
        return []
    hits, parameters = _hits_of(question, terms)
    # `weighed` gives each word its weight (BM25's inverse document frequency), and `telling` leaves
    # the words that select chunks. `best` ranks by these weights alone, without reading a chunk's
    # words. Only the best are read, to score them by all words and by how often they occur.
    sql = f"""
        WITH word(at, lexeme, known) AS (SELECT * FROM unnest(%s::int[], %s::text[], %s::float[])),
        {hits},
        weighed AS MATERIALIZED (
            SELECT at, lexeme, found, known IS NULL AND found < {MOST_CHUNKS} AS rare, known,
                ln(1 + greatest(%s - found + 0.5, 0.5) / (found + 0.5)) AS w
            FROM (
                SELECT word.at, lexeme, known, coalesce(known, count(hit.id)) AS found
                FROM word LEFT JOIN hit USING (at) GROUP BY word.at, lexeme, known) AS counted),
        telling AS MATERIALIZED (
            SELECT at, w FROM weighed WHERE rare OR known IS NOT NULL OR NOT EXISTS (
                SELECT FROM weighed WHERE rare AND found > 0)),
        best AS MATERIALIZED (
            SELECT hit.id FROM hit JOIN telling USING (at)
            GROUP BY hit.id ORDER BY sum(w) DESC, hit.id LIMIT %s)
        SELECT best.id, sum(w * often * (1 + {SATURATION}) / (often + {SATURATION}))
            / (SELECT sum(w) FROM weighed)
        FROM best JOIN chunk c ON c.id = best.id
        CROSS JOIN LATERAL (
            SELECT lexeme, cardinality(positions)::float AS often FROM unnest(c.words)) AS counts
        JOIN weighed USING (lexeme)
        GROUP BY best.id ORDER BY 2 DESC, 1"""
    words = question.words
    start = [list(range(len(words))), list(words), list(map(question.frequent.get, words))]
    values = [*start, *parameters, max(question.chunks, 1), limit]
    return _fetch_scores(sql, values, without=BY_WORD)


def _hits_of(question: Question, terms: Sequence[Term]) -> Sql:
    # SQL for the table `hit`, which has the index of a word and the id of a chunk with that word.
    scope, files, inside = question.scope, "", ""
    parameters: list[Any] = []
    if scope.filtered:
        condition, of_files = scope.files
        files = f"file AS MATERIALIZED (SELECT f.id FROM vector_store_file f WHERE {condition}), "
        parameters += of_files
        # In a narrow scope the index of files finds a word's chunks faster than a join: measured
        # with a filter to a 19th of 100,000 chunks, 9 ms instead of 17.5.
        if question.chunks <= NARROW:
            files += "of AS MATERIALIZED (SELECT array_agg(id::text) AS ids FROM file), "
            inside = " AND c.store_file_id = ANY((SELECT ids FROM of)::text[])"
        else:
            inside = " AND c.store_file_id IN (SELECT id FROM file)"
    # A chunk's words include the id of its store, so the index can select both at once.
    few = len(scope.store_ids) <= FEW_STORES and not question.wide
    stores = f" & ({' | '.join(map(_quote, scope.store_ids))})" if few else ""
    each = []
    for term in terms:
        places = ",".join(str(question.words.index(word)) for word in term.words)
        each.append(
            f"(SELECT unnest(ARRAY[{places}]) AS at, id FROM (SELECT c.id FROM chunk c"
            f" WHERE c.words @@ %s::tsquery{'' if few else ' AND c.store_id = ANY(%s)'}{inside}"
            f" LIMIT {MOST_CHUNKS}) AS one)"
        )
        parameters += [term.query() + stores, *([] if few else [scope.store_ids])]
    return f"{files}hit AS MATERIALIZED ({' UNION '.join(each)})", parameters


def _quote(word: str) -> str:
    # As a text search query, whatever characters the word has.
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def hits_by_id(chunk_ids: Iterable[int]) -> dict[int, SearchHit]:
    """Return the chunks with these ids, by id and without scores. Unknown ids are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.store_id, f.file_id, o.filename, c.index, c.text, c.start, c.end,"
            " c.page, c.heading, f.attributes FROM chunk c"
            " JOIN vector_store_file f ON f.id = c.store_file_id JOIN file o ON o.id = f.file_id"
            " WHERE c.id = ANY(%s)",
            [list(chunk_ids)],
        )
        return {row[0]: _search_hit(*row) for row in cursor.fetchall()}


def _search_hit(chunk_id: int, *columns: Any) -> SearchHit:
    *place, attributes = columns
    return SearchHit(chunk_id, *place, **{"attributes": json.loads(attributes)})


def _fetch_scores(
    sql: str, parameters: list[Any], *, without: Sequence[str] = ()
) -> list[tuple[int, float]]:
    # Every switch, also those that stay on: they last until the snapshot's transaction ends.
    settings = {**SETTINGS, **dict.fromkeys(BY_INDEX, "on"), **dict.fromkeys(without, "off")}
    set_all = ", ".join(
        f"set_config('{name}', '{value}', true)" for name, value in settings.items()
    )
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(f"SELECT {set_all}")
        cursor.execute(sql, parameters)
        return [(chunk_id, float(score)) for chunk_id, score in cursor.fetchall()]
