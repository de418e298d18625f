"""Indexes one file of a vector store: its text, its chunks, their vectors."""

import logging
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError

from assistants_app import conf
from assistants_app.dispatch import INDEX_WAKE_UPS, dispatch_indexing
from assistants_app.domain.embeddings import EmbeddingError, Vector
from assistants_app.domain.errors import PlaygroundError
from assistants_app.gateway.embedders import embedder_of
from assistants_app.models import VectorStoreFile
from assistants_app.queries.connections import release_connection
from assistants_app.queries.stores.stores import pending_count
from assistants_app.retrieval.chunk import Chunk, ChunkingStrategy, chunks_of
from assistants_app.retrieval.extract import ExtractionError, extract_file
from assistants_app.services.stores import indexing
from assistants_app.storage.byte_store import BytesMissing, byte_store

logger = logging.getLogger(__name__)

# A worker whose threads are all at work looks for its next task only once a second.
TASK_SECONDS = 10.0
EMBEDDED_AT_ONCE = 64  # chunks, between two looks at the lease


class Dropped(PlaygroundError):
    """The file was cancelled, removed, or taken by another indexer."""


def index_files() -> None:
    """Index one file after the other, the most urgent first, for a while or until none waits. If
    more wait then, the next task is sent, so that there are never many under way.
    """
    until = time.monotonic() + TASK_SECONDS
    while index_next_file():
        if time.monotonic() >= until:
            break
    try:
        if pending_count(limit=1):
            dispatch_indexing()
    finally:
        release_connection()


def index_next_file() -> bool:
    """Index the most urgent file that waits, if any; whether there was one."""
    owner = f"{socket.gethostname()}:{secrets.token_hex(8)}"
    try:
        row = indexing.claim_file(owner=owner)
        if row is None:
            return False
        _index(row)
        return True
    finally:
        release_connection()


def wake_indexers() -> None:
    """Send tasks if files wait that nobody has in hand: after a crash, or a broker's absence."""
    for _ in range(pending_count(limit=INDEX_WAKE_UPS)):
        dispatch_indexing()


def _index(row: VectorStoreFile) -> None:
    owner = row.lease_owner
    with _lease(row) as lost:
        try:
            indexed = _read(row, lost)
            if not indexing.complete_file(row_id=row.pk, owner=owner, indexed=indexed):
                raise Dropped
        except Dropped:
            logger.info("%s is dropped: it was cancelled, removed or taken.", row)
        except ExtractionError as error:
            indexing.fail_file(row_id=row.pk, owner=owner, code=error.code, message=error.message)
        except (EmbeddingError, OSError) as error:
            logger.warning("%s is put off: %s", row, error)
            indexing.put_off_file(row_id=row.pk, owner=owner, message=str(error))
        except DatabaseError as error:
            # Whatever was begun is undone; the lease runs out, and the file is taken up again.
            logger.warning("%s is left to the sweeper: %s", row, error)
        except Exception:  # noqa: BLE001 - the file's boundary: whatever happens, it ends
            logger.exception("%s failed by a fault of this program.", row)
            indexing.fail_file(
                row_id=row.pk,
                owner=owner,
                code="server_error",
                message="The server had an error. Its log says more.",
            )


def _read(row: VectorStoreFile, lost: threading.Event) -> indexing.Indexed:
    """No database connection is held meanwhile."""
    model = row.store.embedding_model
    strategy = ChunkingStrategy(row.max_chunk_tokens, row.overlap_tokens)
    release_connection()
    with _local_copy(row) as path:
        document = extract_file(path, row.file.filename)
    chunks = list(chunks_of(document, strategy))
    return indexing.Indexed(chunks, _embed(chunks, model, lost), model)


def _embed(chunks: list[Chunk], model: str, lost: threading.Event) -> list[Vector]:
    embedder = embedder_of(model)
    vectors: list[Vector] = []
    for at in range(0, len(chunks), EMBEDDED_AT_ONCE):
        if lost.is_set():
            raise Dropped
        batch = chunks[at : at + EMBEDDED_AT_ONCE]
        vectors += embedder.embed([_with_headings(chunk) for chunk in batch], "passage")
    return vectors


def _with_headings(chunk: Chunk) -> str:
    """What a chunk is about often stands above it alone."""
    return "\n".join([*chunk.headings, chunk.text])


@contextmanager
def _local_copy(row: VectorStoreFile) -> Iterator[Path]:
    """The file's bytes, where the reader's process finds them."""
    with tempfile.NamedTemporaryFile(prefix="index-") as copy:
        try:
            for chunk in byte_store().read(row.file_id):
                copy.write(chunk)
        except BytesMissing as error:
            raise ExtractionError("server_error", "The stored file is missing.") from error
        copy.flush()
        yield Path(copy.name)


@contextmanager
def _lease(row: VectorStoreFile) -> Iterator[threading.Event]:
    """Keeps the file until the block ends; the event tells that it is not ours any more."""
    lost, over = threading.Event(), threading.Event()

    def beat() -> None:
        while not over.wait(conf.INDEX_HEARTBEAT_SECONDS):
            try:
                if not indexing.renew_lease(row_id=row.pk, owner=row.lease_owner):
                    lost.set()
                    return
            except DatabaseError as error:
                logger.warning("Heartbeat failed, trying again: %s", error)
            finally:
                release_connection()

    thread = threading.Thread(target=beat, name="index-lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        over.set()
        thread.join()
