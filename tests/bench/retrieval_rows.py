"""The measurements of :mod:`tests.bench.retrieval`, which sets Django up before it imports this."""

import time
from collections.abc import Callable, Sequence

from django.core.management import call_command
from django.db import connection

from assistants_app.domain.embeddings import Vector
from assistants_app.domain.ids import new_id
from assistants_app.domain.search import SearchOptions
from assistants_app.domain.searches.attribute_filters import AttributeFilter, Comparison
from assistants_app.domain.searches.rank_fusion import fuse
from assistants_app.gateway.embedders import default_model, embedder_of
from assistants_app.gateway.metering import Meter
from assistants_app.models import Chunk, File, Project, VectorStore, VectorStoreFile
from assistants_app.queries.stores.search import Scope, by_words, hits_by_id, nearest, words_of
from assistants_app.retrieval.chunk import Chunk as TextChunk
from assistants_app.services.stores.indexing import Indexed, claim_file, complete_file
from assistants_app.services.stores.search import search_stores
from tests.bench.corpus import Question, corpus
from tests.bench.measures import Row
from tests.bench.retrieval import FEW_WORDS, milliseconds
from tests.queries.made_chunks import MadeChunks

ALL = 10**9
RECALLED = 30  # questions whose chunks by index are compared with the exact ones
WANTED = 10  # chunks of a search
OPTIONS = SearchOptions(max_results=20)
YEAR = Comparison("eq", "year", 2003)


def rows(sizes: Sequence[int]) -> list[Row]:
    """Recall on the corpus, then speed among made chunks of each size."""
    call_command("migrate", verbosity=0)
    measured = _recall()
    for size in sizes:
        _empty()
        measured += _speed(size)
    return measured


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE project CASCADE; TRUNCATE chunk")


def _recall() -> list[Row]:
    villages, questions = corpus()
    count = sum(map(len, villages))
    started = time.perf_counter()
    embedded = embedder_of(default_model()).embed([text for some in villages for text in some])
    embedding = time.perf_counter() - started
    started = time.perf_counter()
    store, ids = _index(villages, embedded)
    indexing = time.perf_counter() - started
    scope = Scope([store.id], None)
    [model] = scope.models()
    vectors = embedder_of(default_model()).embed([question.text for question in questions], "query")

    def found_by_vector(at: int) -> list[int]:
        return [chunk_id for chunk_id, _ in nearest(scope, model, vectors[at])]

    def found_by_words(at: int) -> list[int]:
        words = words_of(questions[at].text)
        return [chunk_id for chunk_id, _ in by_words(scope, words, model.chunks)]

    def found_by_both(at: int) -> list[int]:
        hits = search_stores(
            stores=[store], questions=[questions[at].text], options=OPTIONS, meter=Meter()
        )
        return [hit.chunk_id for hit in hits]

    measured = [
        (f"{what}, {count} chunks: recall@5 / MRR", _quality(search, questions, ids), goal)
        for what, search, goal in (
            ("by vector", found_by_vector, ""),
            ("by words", found_by_words, ""),
            ("fused", found_by_both, "> 0.9, above both"),
        )
    ]
    measured.append(_index_recall(scope, vectors))
    measured.append(("chunks embedded", f"{count / embedding:.0f} / s", ""))
    measured.append(("chunks indexed, embedding apart", f"{count / indexing:.0f} / s", ""))
    return measured


def _index(
    villages: list[list[str]], embedded: list[Vector]
) -> tuple[VectorStore, dict[tuple[int, int], int]]:
    """A store with a file for each village, and the chunks' ids."""
    project = Project.objects.create(name="villages")
    store = VectorStore.objects.create(project=project, embedding_model=default_model())
    for number in range(len(villages)):
        file = File.objects.create(
            id=new_id("file", "-"), project=project, filename=f"{number}.txt", bytes=1
        )
        VectorStoreFile.objects.create(store=store, file=file)
    ids = {}
    for number, texts in enumerate(villages):
        row = claim_file(owner="bench")
        assert row is not None
        cut = [TextChunk(at, text, 0, len(text), 0, None, ()) for at, text in enumerate(texts)]
        mine = embedded[number * len(texts) : (number + 1) * len(texts)]
        complete_file(row_id=row.pk, owner="bench", indexed=Indexed(cut, mine, default_model()))
        chunks = Chunk.objects.filter(store_file=row).values_list("index", "id")
        ids.update({(number, index): chunk_id for index, chunk_id in chunks})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chunk, vector_store_file")
    return store, ids


def _quality(
    search: Callable[[int], list[int]], questions: list[Question], ids: dict[tuple[int, int], int]
) -> str:
    hits, reciprocal = 0, 0.0
    for at, question in enumerate(questions):
        found = search(at)
        wanted = ids[question.village, question.chunk]
        hits += wanted in found[:5]
        reciprocal += 1 / (1 + found.index(wanted)) if wanted in found else 0.0
    return f"{hits / len(questions):.2f} / {reciprocal / len(questions):.2f}"


def _index_recall(scope: Scope, vectors: list[Vector]) -> Row:
    [model] = scope.models()
    same = 0
    for vector in vectors:
        exact = nearest(scope, model, vector, limit=20, exact_chunks=ALL)
        by_index = nearest(scope, model, vector, limit=20, exact_chunks=0)
        same += len({one for one, _ in exact} & {one for one, _ in by_index})
    return ("HNSW against exact, recall@20", f"{same / (20 * len(vectors)):.3f}", "> 0.98")


def _speed(size: int) -> list[Row]:
    made = MadeChunks(size)
    gigabytes = max(1, size // 250_000)
    seconds = made.fill(memory=f"{gigabytes}GB")
    everywhere = [made.large, *made.small]
    cases: list[tuple[str, list[str], AttributeFilter | None]] = [
        ("a store of a hundredth", made.small[:1], None),
        ("a store of half", [made.large], None),
        ("a store of half, filtered to a 19th", [made.large], YEAR),
        ("all stores", everywhere, None),
    ]
    built = f"{seconds:.0f} s with {gigabytes} GB, {_index_megabytes():.0f} MB"
    measured: list[Row] = [(f"{size:,} chunks: HNSW built", built, "")]
    for what, stores, wanted in cases:
        measured += _searches(f"{size:,}, {what}", Scope(stores, wanted), made)
    vectors = [made.question() for _ in range(RECALLED)]
    name, recall, _ = _index_recall(Scope([made.large], None), vectors)
    return [*measured, (f"{size:,}, a store of half: {name}", recall, "")]


def _searches(what: str, scope: Scope, made: MadeChunks) -> list[Row]:
    """By vector, by words, and all that a search asks of the database."""
    [model] = scope.models()

    def by_vector() -> list[tuple[int, float]]:
        return nearest(scope, model, made.question())

    def words() -> list[tuple[int, float]]:
        return by_words(scope, words_of(made.asked(FEW_WORDS)), model.chunks)

    def whole() -> None:
        scope.models()
        fused = fuse([chunk_id for chunk_id, _ in found] for found in (by_vector(), words()))
        hits_by_id(chunk_id for chunk_id, _ in fused[:WANTED])

    kinds: list[tuple[str, Callable[[], object]]] = [
        ("by vector", by_vector),
        ("by words", words),
        ("all of a search but the question's vector", whole),
    ]
    rows = []
    for kind, work in kinds:
        work()
        rows.append((f"{what}: {kind}, p50 / p99", milliseconds(work), ""))
    return rows


def _index_megabytes() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('chunk_vector_384') / 1e6")
        return float(cursor.fetchone()[0])
