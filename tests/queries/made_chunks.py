"""Made-up chunks in any number, which need no embedding model.

Their vectors lie around topics, and their words are as frequent as those of a language.
"""

import struct
import time
from array import array
from collections.abc import Iterable

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from assistants_app.domain.embeddings import Vector
from assistants_app.domain.ids import new_id
from assistants_app.domain.words.vectors import stemmed_vector
from assistants_app.models import File, Project, VectorStore, VectorStoreFile

DIMENSION = 384
MODEL = "made"
TOPICS = 400
CHUNKS_PER_FILE = 50
YEARS, KINDS = 19, 7  # of which each file has one
SYLLABLES = [
    f"{a}{b}{c}"
    for a in ("ba", "co", "di", "fu", "ge", "lo", "mi", "ne", "pa", "ru")
    for b in "bdfgklmnprst"
    for c in ("an", "el", "ir", "on", "us", "ak", "em", "ot", "ur")
]
# As many as a language has, the frequent ones short.
WORDS = [*SYLLABLES, *(a + b for b in SYLLABLES[:980:20] for a in SYLLABLES)]
FLATTENED = 2.7  # of Zipf's law, in Mandelbrot's form: how little the first words stand out
FREQUENT = 50  # words that a question is not judged by: a language's own are never searched for
LENGTH = 120  # words of a chunk
COLUMNS = 'store_id, store_file_id, index, text, start, "end", heading, embedding, words'
DEFINITION = "SELECT indexdef FROM pg_indexes WHERE indexname = %s"
INDEXES = ("chunk_words", "chunk_vector_384")
COPY_HEAD, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack("!h", -1)
FILES_AT_ONCE = 20


class MadeChunks:
    """Chunks in one large store, which has half of them, and in small stores."""

    def __init__(self, chunks: int, *, small_stores: int = 50) -> None:
        self.chunks = chunks
        self.small_stores = small_stores
        self._random = np.random.default_rng(7)
        self._topics = _unit(self._random.normal(size=(TOPICS, DIMENSION)))
        self._often = np.cumsum(1 / (np.arange(len(WORDS)) + FLATTENED))
        self.large = ""
        self.small: list[str] = []

    def fill(self, *, memory: str = "1GB") -> float:
        """Insert and index all chunks. Return the seconds that the index of the vectors took.

        `memory` is PostgreSQL's limit for building an index.
        """
        rows = self._files()
        seconds = 0.0
        with connection.cursor() as cursor:
            definitions = []
            for name in INDEXES:
                cursor.execute(DEFINITION, [name])
                definitions.append(cursor.fetchone()[0])
                cursor.execute(f"DROP INDEX {name}")
            with cursor.copy(f"COPY chunk ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(COPY_HEAD)
                for at in range(0, len(rows), FILES_AT_ONCE):
                    copy.write(b"".join(self._rows(rows[at : at + FILES_AT_ONCE])))
                copy.write(COPY_END)
            cursor.execute(f"SET maintenance_work_mem = '{memory}'")
            for definition in definitions:
                started = time.perf_counter()
                cursor.execute(definition)
                seconds = time.perf_counter() - started
            cursor.execute("RESET maintenance_work_mem")
            cursor.execute("ANALYZE chunk, vector_store_file")
        return seconds

    def question(self) -> Vector:
        """Return a vector to search with."""
        return array("f", self._vectors(1)[0].tolist())

    def asked(self, words: int) -> str:
        """Return a question of this many words, none of them among the most frequent."""
        # In a real language those are words such as "the", which a search leaves out.
        return self._said(words, float(self._often[FREQUENT]))

    def _said(self, words: int, least: float = 0.0) -> str:
        chosen = self._random.uniform(least, self._often[-1], size=words)
        return " ".join(WORDS[place] for place in np.searchsorted(self._often, chosen))

    def _rows(self, files: list[VectorStoreFile]) -> Iterable[bytes]:
        """Yield the files' chunks in the binary format of COPY."""
        vectors = self._vectors(len(files) * CHUNKS_PER_FILE).astype(">f2")
        halfvec = struct.pack("!hh", DIMENSION, 0)
        for place, vector in enumerate(vectors):
            file, index = files[place // CHUNKS_PER_FILE], place % CHUNKS_PER_FILE
            said = self._said(LENGTH)
            text = said.encode()
            numbers = (index, 0, len(text))
            at, start, end = (struct.pack("!i", number) for number in numbers)
            fields = (file.store_id.encode(), file.pk.encode(), at, text, start, end, b"")
            yield b"".join(
                [
                    struct.pack("!h", len(fields) + 2),
                    *(
                        struct.pack("!i", len(one)) + one
                        for one in (
                            *fields,
                            halfvec + vector.tobytes(),
                            _packed(stemmed_vector([said], marks=[file.store_id])),
                        )
                    ),
                ]
            )

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
        # About as close together as the vectors of real texts.
        topics = self._topics[self._random.integers(TOPICS, size=count)]
        noise = _unit(self._random.normal(size=(count, DIMENSION)))
        return _unit(0.6 * topics + 0.8 * noise)


def _packed(words: str) -> bytes:
    """Return the words in the binary format of `tsvector`."""
    packed = []
    for word in words.split():
        term, _, places = word.partition(":")
        numbers = [int(place) for place in places.split(",") if place]
        text = term.strip("'").encode()
        packed.append(text + struct.pack(f"!xH{len(numbers)}H", len(numbers), *numbers))
    return struct.pack("!i", len(packed)) + b"".join(sorted(packed))


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)
