"""Search vector stores: embed the questions, find and rank chunks, record the use.

No transaction is open while an embedder or a reranker is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import sqrt

from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain.embeddings import EmbeddingError, Vector
from assistants_app.domain.errors import ApiError
from assistants_app.domain.search import SearchHit, SearchOptions
from assistants_app.domain.searches.rank_fusion import fuse
from assistants_app.domain.words.languages import is_latin
from assistants_app.gateway.embedders import embed, embedder_of, is_for_english, relevance
from assistants_app.gateway.metering import Meter
from assistants_app.models import VectorStore
from assistants_app.providers.rerank import rerank
from assistants_app.queries.stores import search as queries

RERANKED = 50  # the most hits that a reranker is asked about
# A store's use is recorded at most this often, because times on the wire are whole seconds.
ACTIVE_AGAIN = timedelta(seconds=1)
# Searches that are tried while the stores move to another embedding model.
ATTEMPTS = 3

# A query of at most this many words looks for the words themselves. Chunks with all of them come
# first.
LITERAL = 6
# The weight of vectors by a model that can't read the question, if its words were found.
LOST = 0.01

Scores = dict[int, float]
Vectors = dict[str, list[Vector]]  # of the questions, by model


def search_stores(
    *,
    stores: Sequence[VectorStore],
    questions: Sequence[str],
    options: SearchOptions,
    meter: Meter,
) -> list[SearchHit]:
    """Return the chunks in these stores that match the questions best, the best first.

    Rankings by vector and by words are fused (docs/adr/0008). Raises :class:`ApiError` with status
    503 if the embedding model is unavailable. `meter` counts what its endpoint uses.
    """
    scope = queries.Scope([store.id for store in stores], options.filters)
    wanted = max(options.max_results, RERANKED if _reranks(options) else 0)
    vectors: Vectors = {}
    for _ in range(ATTEMPTS):
        hits, complete = _find_hits(scope, questions, vectors, wanted, meter)
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
    scope: queries.Scope, questions: Sequence[str], vectors: Vectors, wanted: int, meter: Meter
) -> tuple[list[SearchHit], bool]:
    # Returns the best hits, and whether all chunks of the scope were considered. Fills `vectors`.
    # Embedding comes before the snapshot, which must not stay open while a model is asked.
    for model in scope.models():
        if model.name not in vectors:
            vectors[model.name] = _embed_questions(model.name, questions, meter)
    # One snapshot for all queries: a re-index replaces chunks file by file, and a search that saw
    # the old state in one query and the new one in the next would miss those of a file.
    with queries.snapshot():
        models = scope.models()
        known = [model for model in models if model.name in vectors]
        found = _candidates(scope, known, questions, vectors)
        fused = fuse(found.rankings, found.weights)
        texts = queries.hits_by_id(chunk_id for chunk_id, _ in fused[:wanted])
    hits = [
        replace(
            texts[chunk_id],
            score=round(min(1.0, score * found.relevance), 6),
            similarity=found.by_vector.get(chunk_id),
            text_score=found.by_words.get(chunk_id),
        )
        for chunk_id, score in fused[:wanted]
        if chunk_id in texts
    ]
    return hits, len(known) == len(models)


@dataclass(slots=True)
class _Found:
    """The rankings of chunks and their weights, the chunks' cosines and their scores by words.

    `relevance` shows how relevant the best hit is at all. By rank alone, any would look certain.
    """

    rankings: list[list[int]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    by_vector: Scores = field(default_factory=dict)
    by_words: Scores = field(default_factory=dict)
    relevance: float = 0.0

    def rank(self, ranking: list[int], weight: float = 1.0) -> None:
        self.rankings.append(ranking)
        self.weights.append(weight)


def _candidates(
    scope: queries.Scope,
    models: Sequence[queries.Model],
    questions: Sequence[str],
    vectors: Vectors,
) -> _Found:
    found = _Found()
    chunks = sum(model.chunks for model in models)
    # Words first: of two chunks with the same score, the one with the words is better.
    said = [
        _rank_by_words(found, scope, question, chunks) if chunks else 0 for question in questions
    ]
    for model in models:
        for place, vector in enumerate(vectors[model.name]):
            nearest = queries.nearest(scope, model, vector)
            lost = is_for_english(model.name) and not is_latin(questions[place])
            found.rank([chunk_id for chunk_id, _ in nearest], LOST if lost and said[place] else 1.0)
            _keep_best(found.by_vector, nearest)
            closest = max((score for _, score in nearest), default=0.0)
            found.relevance = max(found.relevance, relevance(model.name, closest))
    return found


def _rank_by_words(found: _Found, scope: queries.Scope, question: str, chunks: int) -> int:
    # Returns how many chunks have words of the question.
    words = queries.words_of(question)
    by_words = queries.by_words(scope, words, chunks)
    ranking = [chunk_id for chunk_id, _ in by_words]
    # If even the best chunk has few of the question's words, it answers in other words, and those
    # that it has by chance must not outweigh the vectors.
    found.rank(ranking, sqrt(max((score for _, score in by_words), default=0.0)))
    if len(words) <= LITERAL:
        literal = queries.having_all(ranking, words)
        found.rank([chunk_id for chunk_id in ranking if chunk_id in literal])
    _keep_best(found.by_words, by_words)
    found.relevance = max(found.relevance, *found.by_words.values(), 0.0)
    return len(ranking)


def _embed_questions(model: str, questions: Sequence[str], meter: Meter) -> list[Vector]:
    try:
        return embed(embedder_of(model), questions, "query", meter)
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
