"""Made passages, any number of them: vectors around topics and words as often as in a language, so
that no model has to be asked.
"""

import random
import time
from array import array

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from assistants_app.domain.embeddings import Vector
from assistants_app.domain.ids import new_id
from assistants_app.models import File, Project, VectorStore, VectorStoreFile

DIMENSION = 384
MODEL = "made"
TOPICS = 400
CHUNKS_PER_FILE = 50
YEARS, KINDS = 19, 7  # of which each file has one
WORDS = [
    f"{a}{b}{c}"
    for a in ("ba", "co", "di", "fu", "ge", "lo", "mi", "ne", "pa", "ru")
    for b in "bdfgklmnprst"
    for c in ("an", "el", "ir", "on", "us", "ak", "em", "ot", "ur")
]
COLUMNS = 'store_id, store_file_id, index, text, start, "end", heading, embedding'
INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'chunk_vector_384'"


class Passages:
    """Half of them in one large store, the others in small ones."""

    def __init__(self, chunks: int, *, small_stores: int = 50) -> None:
        self.chunks = chunks
        self.small_stores = small_stores
        self._random = np.random.default_rng(7)
        self._words = random.Random(7)
        self._topics = _unit(self._random.normal(size=(TOPICS, DIMENSION)))
        self._weights = [1 / (place + 3) for place in range(len(WORDS))]
        self.large = ""
        self.small: list[str] = []

    def fill(self) -> float:
        """Insert all and index them; the seconds that the index of the vectors took."""
        rows = self._files()
        with connection.cursor() as cursor:
            cursor.execute(INDEX)
            (definition,) = cursor.fetchone()
            cursor.execute("DROP INDEX chunk_vector_384")
            with cursor.copy(f"COPY chunk ({COLUMNS}) FROM STDIN") as copy:
                for row in rows:
                    for number, vector in enumerate(self._vectors(CHUNKS_PER_FILE)):
                        text = self.text(120)
                        place = (row.store_id, row.pk, number, text, 0, len(text), "")
                        copy.write_row((*place, _literal(vector)))
            started = time.perf_counter()
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute(definition)
            seconds = time.perf_counter() - started
            cursor.execute("ANALYZE chunk, vector_store_file")
        return seconds

    def question(self) -> Vector:
        """A vector to search with."""
        return array("f", self._vectors(1)[0].tolist())

    def asked(self, words: int) -> str:
        """Words of a question, without those that are in nearly every passage: of a language's own
        such words none would be searched for.
        """
        return " ".join(self._words.choices(WORDS[50:], self._weights[50:], k=words))

    def text(self, words: int) -> str:
        """A few words are in nearly every passage, most in few."""
        return " ".join(self._words.choices(WORDS, self._weights, k=words))

    def _files(self) -> list[VectorStoreFile]:
        project = Project.objects.create(name="made")
        stores = VectorStore.objects.bulk_create(
            VectorStore(project=project, embedding_model=MODEL)
            for _ in range(1 + self.small_stores)
        )
        self.large, *self.small = [store.id for store in stores]
        count = self.chunks // CHUNKS_PER_FILE
        files = File.objects.bulk_create(
            File(id=new_id("file", "-"), project=project, filename=f"{number}.txt", bytes=1)
            for number in range(count)
        )
        return VectorStoreFile.objects.bulk_create(
            VectorStoreFile(
                store=stores[0] if number % 2 else stores[1 + number // 2 % self.small_stores],
                file=file,
                status="completed",
                pending=False,
                chunk_count=CHUNKS_PER_FILE,
                embedding_model=MODEL,
                embedding_dimension=DIMENSION,
                attributes={"year": 2000 + number % YEARS, "kind": f"k{number % KINDS}"},
            )
            for number, file in enumerate(files)
        )

    def _vectors(self, count: int) -> NDArray[np.float32]:
        """About as close together as passages of real texts are."""
        topics = self._topics[self._random.integers(TOPICS, size=count)]
        noise = _unit(self._random.normal(size=(count, DIMENSION)))
        return _unit(0.6 * topics + 0.8 * noise)


def _literal(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(f"{number:.5g}" for number in vector) + "]"


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)
