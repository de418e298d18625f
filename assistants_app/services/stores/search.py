"""Search vector stores: embed the questions, find and rank chunks, record the use.

No transaction is open while an embedder or a reranker is asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain.embeddings import EmbeddingError, Vector
from assistants_app.domain.errors import ApiError
from assistants_app.domain.rank_fusion import fuse
from assistants_app.domain.search import SearchHit, SearchOptions
from assistants_app.gateway.embedders import embedder_of
from assistants_app.models import VectorStore
from assistants_app.providers.rerank import rerank
from assistants_app.queries.connections import release_connection
from assistants_app.queries.stores import search as queries

RERANKED = 50  # the most hits that a reranker is asked about
# A store's use is recorded at most this often, because times on the wire are whole seconds.
ACTIVE_AGAIN = timedelta(seconds=1)
# Searches that are tried while the stores move to another embedding model.
ATTEMPTS = 3

Scores = dict[int, float]
Vectors = dict[str, list[Vector]]  # of the questions, by model


def search_stores(
    *, stores: Sequence[VectorStore], questions: Sequence[str], options: SearchOptions
) -> list[SearchHit]:
    """Return the chunks in these stores that match the questions best, the best first.

    Rankings by vector and by words are fused (docs/adr/0008). Raises :class:`ApiError` with status
    503 if the embedding model is unavailable.
    """
    scope = queries.Scope([store.id for store in stores], options.filters)
    wanted = max(options.max_results, RERANKED if _reranks(options) else 0)
    vectors: Vectors = {}
    for _ in range(ATTEMPTS):
        hits, complete = _find_hits(scope, questions, vectors, wanted)
        if complete:
            break
    if _reranks(options):
        hits = _rerank_hits(questions[0], hits)
    record_search(store_ids=scope.store_ids)
    # After the reranker, whose scores replace ours.
    good = [hit for hit in hits if hit.score >= options.score_threshold]
    return good[: options.max_results]


def record_search(*, store_ids: Sequence[str]) -> None:
    """Record that the stores are used now, which postpones their expiry."""
    stale = VectorStore.objects.filter(
        pk__in=list(store_ids), last_active_at__lt=Now() - ACTIVE_AGAIN, emptied=False
    )
    days = ExpressionWrapper(
        Now() + F("expires_after_days") * Value(timedelta(days=1)), output_field=DateTimeField()
    )
    stale.update(last_active_at=Now(), expires_at=days)


def _find_hits(
    scope: queries.Scope, questions: Sequence[str], vectors: Vectors, wanted: int
) -> tuple[list[SearchHit], bool]:
    # Returns the best hits, and whether all chunks of the scope were considered. Fills `vectors`.
    # Embedding comes before the snapshot, which must not stay open while a model is asked.
    for model in scope.models():
        if model.name not in vectors:
            vectors[model.name] = _embed_questions(model.name, questions)
    # One snapshot for all queries: a re-index replaces chunks file by file, and a search that saw
    # the old state in one query and the new one in the next would miss those of a file.
    with queries.snapshot():
        models = scope.models()
        known = [model for model in models if model.name in vectors]
        by_vector, by_words, rankings = _candidates(scope, known, questions, vectors)
        fused = fuse(rankings)
        texts = queries.hits_by_id(chunk_id for chunk_id, _ in fused[:wanted])
    # Shows how relevant the best hit is at all. By rank alone, any first hit would look certain.
    relevance = max([0.0, *by_vector.values(), *by_words.values()])
    hits = [
        replace(
            texts[chunk_id],
            score=round(min(1.0, score * relevance), 6),
            similarity=by_vector.get(chunk_id),
            text_score=by_words.get(chunk_id),
        )
        for chunk_id, score in fused[:wanted]
        if chunk_id in texts
    ]
    return hits, len(known) == len(models)


def _candidates(
    scope: queries.Scope,
    models: Sequence[queries.Model],
    questions: Sequence[str],
    vectors: Vectors,
) -> tuple[Scores, Scores, list[list[int]]]:
    # Returns cosines, scores by words, and the rankings of both.
    by_vector: Scores = {}
    by_words: Scores = {}
    rankings: list[list[int]] = []
    chunks = sum(model.chunks for model in models)
    for model in models:
        for vector in vectors[model.name]:
            found = queries.nearest(scope, model, vector)
            rankings.append([chunk_id for chunk_id, _ in found])
            _keep_best(by_vector, found)
    for question in questions if chunks else ():
        found = queries.by_words(scope, queries.words_of(question), chunks)
        rankings.append([chunk_id for chunk_id, _ in found])
        _keep_best(by_words, found)
    return by_vector, by_words, rankings


def _embed_questions(model: str, questions: Sequence[str]) -> list[Vector]:
    release_connection()
    try:
        return embedder_of(model).embed(questions, "query")
    except EmbeddingError as error:
        raise ApiError(str(error), type="server_error", http_status=503) from error


def _keep_best(scores: Scores, found: Sequence[tuple[int, float]]) -> None:
    for chunk_id, score in found:
        scores[chunk_id] = max(scores.get(chunk_id, 0.0), min(1.0, max(0.0, score)))


def _reranks(options: SearchOptions) -> bool:
    return options.rerank and bool(conf.RERANKER_URL)


def _rerank_hits(question: str, hits: list[SearchHit]) -> list[SearchHit]:
    if not hits:
        return hits
    release_connection()
    scores = rerank(
        conf.RERANKER_URL,
        model=conf.RERANKER_MODEL,
        api_key=conf.RERANKER_API_KEY,
        query=question,
        texts=[hit.text for hit in hits],
    )
    if scores is None:
        return hits
    scored = [replace(hit, score=score) for hit, score in zip(hits, scores, strict=True)]
    return sorted(scored, key=lambda hit: -hit.score)
