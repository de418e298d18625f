"""Indexing of vector stores' files: their text, their chunks, and the chunks' vectors."""

import logging
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.db import Error as DatabaseFailure

from assistants_app import conf
from assistants_app.dispatch import INDEX_WAKE_UPS, dispatch_indexing
from assistants_app.domain.embeddings import EmbeddingError, Vector
from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller
from assistants_app.engine.indexing_slots import Slots
from assistants_app.events.indexing import forget_progress, note_progress
from assistants_app.gateway.embedders import embed, embedder_of
from assistants_app.gateway.metering import Meter
from assistants_app.models import VectorStoreFile
from assistants_app.queries.stores.stores import pending_count
from assistants_app.retrieval.chunk import Chunk, ChunkingStrategy, chunks_of
from assistants_app.retrieval.extract import (
    ExtractionError,
    Interrupt,
    Interrupted,
    Limits,
    extract_file,
)
from assistants_app.services.money.checks import require_money
from assistants_app.services.project.direct_calls import metered
from assistants_app.services.runs.persistence import persistently
from assistants_app.services.space import is_short
from assistants_app.services.stores import indexing
from assistants_app.storage.byte_store import BytesMissing, byte_store

logger = logging.getLogger(__name__)
slots = Slots()

# A Celery worker whose threads are all busy takes its next task a second later. With a task for
# each file it indexed 4 files a second, and with tasks that go from file to file 16
# (docs/performance.md).
TASK_SECONDS = 10.0
EMBEDDED_AT_ONCE = 64  # chunks between two checks of the lease
PAUSE_SECONDS = 0.1  # until a thread looks again whether a project may take it


def index_files() -> None:
    """Index waiting files, the most urgent first, for up to ``TASK_SECONDS``."""
    until = time.monotonic() + TASK_SECONDS
    while index_next_file() or _pause_for_others():
        if time.monotonic() >= until:
            _send_another()
            break


def _pause_for_others() -> bool:
    # The thread would otherwise end, and the files that are held back would wait for the sweeper.
    if not slots.hold_back():
        return False
    time.sleep(PAUSE_SECONDS)
    return True


def _send_another() -> None:
    # One task sends at most one other, so ten thousand files do not flood the broker
    # (docs/adr/0009).
    if pending_count(limit=1):
        dispatch_indexing()


def index_next_file() -> bool:
    """Index the next waiting file. Return whether there was one for this thread."""
    if is_short():
        return False  # chunks and vectors take more space than the file
    owner = f"{socket.gethostname()}:{secrets.token_hex(8)}"
    with slots.claim(owner) as row:
        if row is None:
            return False
        _index_file(row)
        return True


def wake_indexers() -> None:
    """Send tasks if files wait that no indexer has claimed."""
    # After a crash, or when the broker was out of reach, there may be files without a task.
    for _ in range(pending_count(limit=INDEX_WAKE_UPS)):
        dispatch_indexing()


def _index_file(row: VectorStoreFile) -> None:
    owner = row.lease_owner
    with _keep_lease(row) as lost:
        try:
            indexed = _read_and_embed(row, lost)
            if not persistently(
                indexing.complete_file, row_id=row.pk, owner=owner, indexed=indexed
            ):
                raise Interrupted
        except Interrupted:
            logger.info("Stopped indexing %s: it was cancelled, removed or taken over.", row)
        except ExtractionError as error:
            indexing.fail_file(row_id=row.pk, owner=owner, code=error.code, message=error.message)
        except (EmbeddingError, ApiError, OSError) as error:
            # The embedding model or the storage is out of reach, or the project's money is used
            # up, which is not the file's fault.
            logger.warning("Indexing %s is postponed: %s", row, error)
            indexing.put_off_file(row_id=row.pk, owner=owner, message=str(error))
        except DatabaseFailure as error:
            # The transaction is rolled back. When the lease expires, an indexer starts again.
            logger.warning("Indexing %s will start again: %s", row, error)
        except Exception:  # noqa: BLE001 - whatever a file causes, its indexing ends
            logger.exception("Internal error while indexing %s", row)
            indexing.fail_file(
                row_id=row.pk,
                owner=owner,
                code="server_error",
                message="The server had an error while indexing this file. See its log.",
            )
        finally:
            forget_progress(row.pk)


def _read_and_embed(row: VectorStoreFile, lost: Interrupt) -> indexing.Indexed:
    # Reading and embedding can take minutes. No query comes before their end, so no database
    # connection is held meanwhile: the claim gave back its own.
    model = row.store.embedding_model
    strategy = ChunkingStrategy(row.max_chunk_tokens, row.overlap_tokens)
    note_progress(row.pk, 0, 0)
    limits = Limits(table_block_bytes=strategy.max_chunk_size_tokens * 7 // 8)
    with _local_copy(row, lost) as path:
        document = extract_file(path, row.file.filename, limits, row.file.mime_type, lost)
    chunks = []
    for chunk in chunks_of(document, strategy):
        lost.check()
        chunks.append(chunk)
    # It isn't known who added the file, so the project's own limits count.
    project_id, caller = row.store.project_id, Caller()
    with metered(project_id, caller, partial(require_money, project_id, caller)) as meter:
        vectors = _embed_chunks(row, chunks, model, lost, meter)
    return indexing.Indexed(chunks, vectors, model)


def _embed_chunks(
    row: VectorStoreFile, chunks: list[Chunk], model: str, lost: Interrupt, meter: Meter
) -> list[Vector]:
    embedder = embedder_of(model)
    vectors: list[Vector] = []
    for at in range(0, len(chunks), EMBEDDED_AT_ONCE):
        lost.check()
        note_progress(row.pk, at, len(chunks))
        batch = chunks[at : at + EMBEDDED_AT_ONCE]
        vectors += embed(embedder, [_with_headings(chunk) for chunk in batch], "passage", meter)
    return vectors


def _with_headings(chunk: Chunk) -> str:
    # The headings often are the only place that says what the chunk is about.
    return "\n".join([*chunk.headings, chunk.text])


@contextmanager
def _local_copy(row: VectorStoreFile, lost: Interrupt) -> Iterator[Path]:
    """Yield the path of a copy of the file's bytes, for the reader's process."""
    with tempfile.NamedTemporaryFile(prefix="index-") as copy:
        try:
            for chunk in byte_store().read(row.file_id):
                lost.check()
                copy.write(chunk)
        except BytesMissing as error:
            raise ExtractionError("server_error", "The stored file is missing.") from error
        copy.flush()
        yield Path(copy.name)


@contextmanager
def _keep_lease(row: VectorStoreFile) -> Iterator[Interrupt]:
    """Renew the file's lease until the block ends. The interrupt is set if the file is lost.

    A file is lost when it was cancelled or removed, or when another indexer has taken it.
    """
    lost, over = Interrupt(), threading.Event()

    def keep_renewing() -> None:
        while not over.wait(conf.INDEX_HEARTBEAT_SECONDS):
            try:
                if not indexing.renew_lease(row_id=row.pk, owner=row.lease_owner):
                    lost.set()
                    return
            except DatabaseFailure as error:
                logger.warning("Couldn't renew the lease, trying again: %s", error)

    thread = threading.Thread(target=keep_renewing, name="index-lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        over.set()
        thread.join()
