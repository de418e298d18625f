"""How long searches take among many passages. The vectors are random around topics: made ones, so
that a million of them need no embedding; recall on real texts is measured in `retrieval`.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from assistants_app.models import File, Project, VectorStore, VectorStoreFile

Row = tuple[str, str, str]

DIMENSION = 384
MODEL = "made"
TOPICS = 400
CHUNKS_PER_FILE = 50
SMALL_STORES = 50
QUESTIONS = 60
WORDS = [
    f"{a}{b}{c}"
    for a in ("ba", "co", "di", "fu", "ge", "lo", "mi", "ne", "pa", "ru")
    for b in "bdfgklmnprst"
    for c in ("an", "el", "ir", "on", "us", "ak", "em", "ot", "ur")
]
MEMORY = "SET maintenance_work_mem = '1GB'"


class Made:
    """A table of made passages: half of them in one large store, the others in small ones."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks
        self._random = np.random.default_rng(7)
        self._words = random.Random(7)
        self._topics = _unit(self._random.normal(size=(TOPICS, DIMENSION)))
        self._weights = [1 / (place + 3) for place in range(len(WORDS))]
        self.large = ""
        self.small: list[str] = []

    def fill(self) -> float:
        """Insert all and index them; the seconds that the vector index took."""
        project = Project.objects.create(name="made")
        stores = [
            VectorStore.objects.create(project=project, embedding_model=MODEL)
            for _ in range(1 + SMALL_STORES)
        ]
        self.large, *self.small = [store.id for store in stores]
        files = list(self._files(project, stores))
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'chunk_vector_384'")
            definition = cursor.fetchone()[0]
            cursor.execute("DROP INDEX chunk_vector_384")
            columns = 'store_id, store_file_id, index, text, start, "end", heading, embedding'
            with cursor.copy(f"COPY chunk ({columns}) FROM STDIN") as copy:
                for row in files:
                    for number, vector in enumerate(self.vectors(CHUNKS_PER_FILE)):
                        text = self.text()
                        copy.write_row(
                            (row.store_id, row.pk, number, text, 0, len(text), "", literal(vector))
                        )
            started = time.perf_counter()
            cursor.execute(MEMORY)
            cursor.execute(definition)
            seconds = time.perf_counter() - started
            cursor.execute("VACUUM ANALYZE chunk")
            cursor.execute("VACUUM ANALYZE vector_store_file")
        return seconds

    def _files(self, project: Project, stores: list[VectorStore]) -> Iterator[VectorStoreFile]:
        count = self.chunks // CHUNKS_PER_FILE
        for number in range(count):
            store = stores[0] if number % 2 else stores[1 + (number // 2) % SMALL_STORES]
            file = File.objects.create(
                project=project,
                filename=f"{number}.txt",
                purpose="assistants",
                mime_type="text/plain",
                bytes=1,
                sha256="",
            )
            yield VectorStoreFile.objects.create(
                store=store,
                file=file,
                status="completed",
                pending=False,
                chunk_count=CHUNKS_PER_FILE,
                embedding_model=MODEL,
                embedding_dimension=DIMENSION,
                attributes={"year": 2000 + number % 20, "kind": f"k{number % 7}"},
            )

    def vectors(self, count: int) -> NDArray[np.float32]:
        """Around topics as close as passages of real texts are."""
        topics = self._topics[self._random.integers(TOPICS, size=count)]
        noise = _unit(self._random.normal(size=(count, DIMENSION)))
        return _unit(0.6 * topics + 0.8 * noise)

    def text(self, words: int = 120) -> str:
        """Words as often as in a language: few of them in nearly every passage."""
        return " ".join(self._words.choices(WORDS, self._weights, k=words))


def literal(vector: NDArray[np.float32]) -> str:
    """The vector as PostgreSQL reads it."""
    return "[" + ",".join(f"{number:.5g}" for number in vector) + "]"


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)


def milliseconds(work: Callable[[], object], repeat: int = QUESTIONS) -> tuple[float, float]:
    """Median and 99th percentile."""
    taken = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), sorted(taken)[int(0.99 * (len(taken) - 1))]
