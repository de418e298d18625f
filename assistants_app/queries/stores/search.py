"""Candidates of a search: chunks by vector and by words, and the chunks themselves."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import connection, transaction

from assistants_app.domain.attribute_filters import AttributeFilter
from assistants_app.domain.embeddings import Vector
from assistants_app.domain.search import SearchHit
from assistants_app.models.vector_stores import INDEXED_DIMENSIONS, LANGUAGE
from assistants_app.queries.stores.attribute_filters import Sql, condition_of

CANDIDATES = 80  # of each search, before they are fused
# Up to so many chunks all of them are compared, which is exact; above, the index is asked. That
# looks at more chunks the fewer of all are in the scope, so in a large table comparing is the
# quicker up to the square root of so many times its chunks (docs/adr/0008).
EXACT_CHUNKS = 10_000
EXACT_SHARE = 4_000
MOST_EXACT_CHUNKS = 60_000
# Of a search alone: the index goes on until enough chunks pass the filter, and no query is long
# enough to be compiled.
SETTINGS = {
    "hnsw.ef_search": "200",
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": "200000",
    "hnsw.scan_mem_multiplier": "8",
    "jit": "off",
    # Starting a process to help takes longer than any search may.
    "max_parallel_workers_per_gather": "0",
}
# The index gives chunks in nearly their order: so many more are asked for, and then sorted.
DISORDER = 120
# What the planner must not do: it knows neither how many chunks pass a filter nor what it costs
# to fetch their words, and would rather read the whole table.
BY_INDEX = ("enable_seqscan", "enable_sort", "enable_hashjoin")
BY_WORD = BY_FILE = ("enable_seqscan",)
MOST_WORDS = 16  # of a question that are searched for
# Chunks that are looked at for one word. One that is in more tells little: it does not choose
# chunks, and only weighs among those that others have chosen.
MOST_CHUNKS = 1_000
# Chunks in a scope whose files are looked up by index for each word.
NARROW = 60_000
PAIRED = 4  # frequent words, of a question that has no others, of which two have to be together
WIDE = 0.1  # of all chunks: the part in stores that the index of words need not tell apart
FEW_STORES = 8  # for the index of words to tell them apart
SATURATION = 1.2  # BM25's k1: how soon more of the same word stops to count


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model that chunks in the scope have; `chunks`: how many of them, and `exact`:
    up to how many are compared one by one. `moving`: some of them will be replaced.
    """

    name: str
    dimension: int
    chunks: int
    exact: int = EXACT_CHUNKS
    moving: bool = False


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
        """The models of the chunks in the scope. None means that there is no chunk."""
        condition, parameters = self.files
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT f.embedding_model, f.embedding_dimension, sum(f.chunk_count)::bigint,"
                f" greatest({EXACT_CHUNKS}, least({MOST_EXACT_CHUNKS}, sqrt({EXACT_SHARE}"
                " * greatest(0, (SELECT reltuples FROM pg_class WHERE oid = 'chunk'::regclass)))"
                "))::int, bool_or(f.pending)"
                f" FROM vector_store_file f WHERE {condition} GROUP BY 1, 2 ORDER BY 1",
                parameters,
            )
            return [Model(*row) for row in cursor.fetchall()]


def nearest(
    scope: Scope,
    model: Model,
    vector: Vector,
    *,
    limit: int = CANDIDATES,
    exact_chunks: int | None = None,
) -> list[tuple[int, float]]:
    """Ids of the chunks of this model that are nearest to the vector, each with its cosine.

    Exact for a scope of up to `exact_chunks` chunks (None: what suits the table), and for
    dimensions that have no index.
    """
    text = "[" + ",".join(f"{number:.6g}" for number in vector) + "]"
    most = model.exact if exact_chunks is None else exact_chunks
    if model.chunks <= most or model.dimension not in INDEXED_DIMENSIONS:
        return _rows(*_compare_all(scope, model, text, limit), without=BY_FILE)
    return _rows(*_ask_index(scope, model, text, limit), without=BY_INDEX)


def _compare_all(scope: Scope, model: Model, vector: str, limit: int) -> tuple[str, list[Any]]:
    condition, parameters = scope.files
    sql = (
        # "OFFSET 0" makes it go from the files to their chunks: the planner, which does not know
        # how few files pass a filter, would rather read all chunks there are.
        "SELECT c.id, -(c.embedding <#> %s::halfvec) AS similarity FROM vector_store_file f"
        " CROSS JOIN LATERAL (SELECT id, embedding FROM chunk"
        " WHERE store_file_id = f.id OFFSET 0) AS c"
        f" WHERE f.embedding_model = %s AND {condition} AND f.embedding_dimension = %s"
        " ORDER BY similarity DESC, c.id LIMIT %s"
    )
    return sql, [vector, model.name, *parameters, model.dimension, limit]


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
    """The stems of the question's words that may tell chunks apart, each once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme FROM unnest(to_tsvector(%s::regconfig, %s)) ORDER BY positions[1]",
            [LANGUAGE, query],
        )
        return [str(word) for (word,) in cursor.fetchall()][:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Term:
    """Chunks are looked for that have all of `words`, and one of those `among` which they are."""

    words: Sequence[str]
    among: Sequence[str] = ()

    def query(self) -> str:
        """The same as a text search query."""
        among = [" | ".join(map(_quoted, self.among))] if self.among else []
        return " & ".join([*map(_quoted, self.words), *(f"({some})" for some in among)])


def by_words(
    scope: Scope, words: Sequence[str], chunks: int, *, limit: int = CANDIDATES
) -> list[tuple[int, float]]:
    """Ids of the chunks that have most of these words, the rare ones above all, each with a
    score from 0 to 1: BM25 over the most that it could be.

    A chunk need not have all words. `chunks`: how many chunks are in the scope.
    """
    question = _known(scope, words, chunks)
    frequent = question.frequent
    rare = [word for word in words if word not in frequent]
    rarest = sorted(frequent, key=frequent.__getitem__)[:PAIRED]
    alone = [Term((word,)) for word in rare]
    beside = [Term((word,), among=rare) for word in rarest if rare]
    found = _ranked(question, alone + beside, limit)
    if found or not frequent:
        return found
    pairs = [Term(pair) for pair in combinations(rarest, min(2, len(rarest)))]
    return _ranked(question, pairs, limit)


@dataclass(frozen=True, slots=True)
class Question:
    """Words that are asked for among the `chunks` chunks of a scope.

    `frequent`: in about how many of them those words are that are in too many to choose any.
    `wide`: the stores are so much of the table that their chunks are quicker found among all.
    """

    scope: Scope
    words: Sequence[str]
    chunks: int
    frequent: dict[str, float]
    wide: bool


def _known(scope: Scope, words: Sequence[str], chunks: int) -> Question:
    """The question with what the planner's statistics know: to count would take longer than all
    the rest.
    """
    if chunks < MOST_CHUNKS:
        return Question(scope, words, chunks, {}, wide=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, part FROM pg_stats, unnest("
            "most_common_elems::text::text[], most_common_elem_freqs) AS common(word, part)"
            " WHERE schemaname = current_schema() AND tablename = 'chunk' AND attname = 'words'"
            " AND word = ANY(%s)",
            [[*words, *scope.store_ids]],
        )
        parts = dict(cursor.fetchall())
    wide = sum(parts.pop(store, 0.0) for store in scope.store_ids) >= WIDE
    many = {word: part * chunks for word, part in parts.items()}
    frequent = {word: count for word, count in many.items() if count >= MOST_CHUNKS}
    return Question(scope, words, chunks, frequent, wide)


def _ranked(question: Question, terms: Sequence[Term], limit: int) -> list[tuple[int, float]]:
    """The best of the chunks that fit one of the terms."""
    if not terms:
        return []
    hits, parameters = _chunks_with(question, terms)
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
            SELECT lexeme, cardinality(positions)::float AS often FROM unnest(c.words)) AS said
        JOIN weighed USING (lexeme)
        GROUP BY best.id ORDER BY 2 DESC, 1"""
    words = question.words
    start = [list(range(len(words))), list(words), list(map(question.frequent.get, words))]
    values = [*start, *parameters, max(question.chunks, 1), limit]
    return _rows(sql, values, without=BY_WORD)


def _chunks_with(question: Question, terms: Sequence[Term]) -> Sql:
    """The table `hit`: word and chunk, for each term's chunks."""
    scope, files, inside = question.scope, "", ""
    parameters: list[Any] = []
    if scope.filtered:
        condition, of_files = scope.files
        files = f"file AS MATERIALIZED (SELECT f.id FROM vector_store_file f WHERE {condition}), "
        parameters += of_files
        if question.chunks <= NARROW:
            files += "of AS MATERIALIZED (SELECT array_agg(id::text) AS ids FROM file), "
            inside = " AND c.store_file_id = ANY((SELECT ids FROM of)::text[])"
        else:
            inside = " AND c.store_file_id IN (SELECT id FROM file)"
    few = len(scope.store_ids) <= FEW_STORES and not question.wide
    stores = f" & ({' | '.join(map(_quoted, scope.store_ids))})" if few else ""
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


def _quoted(word: str) -> str:
    """A stem, or the id of a store, as a text search query of one word."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def hits_by_id(chunk_ids: Iterable[int]) -> dict[int, SearchHit]:
    """These chunks, without scores."""
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
