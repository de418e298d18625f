"""JSON of vector stores (schemas ``CreateVectorStoreRequest``, ``VectorStoreObject`` …)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from assistants_app.domain import index_status, limits
from assistants_app.domain.index_status import FileCounts
from assistants_app.models import FileBatch, VectorStore, VectorStoreFile
from assistants_app.wire import common
from assistants_app.wire.empty_objects import EmptyAsObject
from assistants_app.wire.validation import Params, refusal

AttributeValue = (
    Annotated[str, StringConstraints(max_length=limits.ATTRIBUTE_VALUE)]
    | bool
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
)
Attributes = Annotated[
    dict[Annotated[str, StringConstraints(max_length=limits.ATTRIBUTE_KEY)], AttributeValue],
    EmptyAsObject,
    Field(max_length=limits.ATTRIBUTES),
]
Name = Annotated[str, StringConstraints(max_length=limits.NAME)]


class ExpiresAfter(Params):
    anchor: Literal["last_active_at"]
    days: Annotated[int, Field(ge=1, le=limits.EXPIRY_DAYS)]


class VectorStoreCreateParams(Params):
    name: Name | None = None
    description: Annotated[str, StringConstraints(max_length=limits.DESCRIPTION)] | None = None
    file_ids: Annotated[list[str], Field(max_length=limits.VECTOR_STORE_FILES)] | None = None
    expires_after: ExpiresAfter | None = None
    chunking_strategy: common.ChunkingStrategy | None = None
    metadata: common.Metadata | None = None


class VectorStoreModifyParams(Params):
    name: Name | None = None
    expires_after: ExpiresAfter | None = None
    metadata: common.Metadata | None = None


class StoreFileCreateParams(Params):
    file_id: str
    chunking_strategy: common.ChunkingStrategy | None = None
    attributes: Attributes | None = None


class StoreFileModifyParams(Params):
    # The only field, so it is required. Null removes all attributes.
    attributes: Attributes | None


class FileBatchCreateParams(Params):
    file_ids: Annotated[list[str], Field(min_length=1, max_length=limits.FILE_BATCH)] | None = None
    files: (
        Annotated[list[StoreFileCreateParams], Field(min_length=1, max_length=limits.FILE_BATCH)]
        | None
    ) = None
    chunking_strategy: common.ChunkingStrategy | None = None
    attributes: Attributes | None = None

    @model_validator(mode="after")
    def _has_exactly_one_list(self) -> "FileBatchCreateParams":
        if self.file_ids is None and self.files is None:
            raise refusal(
                "Missing required parameter: 'file_ids'.",
                code="missing_required_parameter",
                at="file_ids",
            )
        if self.file_ids is not None and self.files is not None:
            raise refusal(
                "Mutually exclusive parameters: 'file_ids' and 'files'. Ensure you are only "
                "providing one of: 'file_ids' or 'files'.",
                code="mutually_exclusive_parameters",
                at="files",
            )
        return self

    def each(self) -> list[StoreFileCreateParams]:
        """Return the parameters of each file, as if it were attached on its own."""
        # With `files`, the vendor ignores the options of the batch: each file has its own.
        if self.files is not None:
            return self.files
        return [
            StoreFileCreateParams(
                file_id=file_id,
                chunking_strategy=self.chunking_strategy,
                attributes=self.attributes,
            )
            for file_id in self.file_ids or []
        ]


def store_object(store: VectorStore, counts: FileCounts, now: datetime) -> dict[str, Any]:
    """Return the vendor's ``vector_store`` object as of `now`."""
    shown: dict[str, Any] = {
        "id": store.id,
        "object": "vector_store",
        "created_at": common.unix_time(store.created_at),
        "name": store.name,
        # Only the examples in the vendor's document have it.
        "description": store.description or None,
        "usage_bytes": counts.usage_bytes,
        "file_counts": _counts_object(counts),
        "status": store_status(store, counts, now),
        "expires_at": common.unix_time(store.expires_at),
        "last_active_at": common.unix_time(store.last_active_at),
        "metadata": store.metadata,
    }
    # In the vendor's document this is optional and never null.
    if store.expires_after_days is not None:
        shown["expires_after"] = {"anchor": "last_active_at", "days": store.expires_after_days}
    return shown


def store_status(store: VectorStore, counts: FileCounts, now: datetime) -> str:
    """Return ``expired``, ``in_progress`` or ``completed``."""
    # By the clock, because the sweeper empties an expired store only some time later.
    if store.expires_at is not None and store.expires_at <= now:
        return index_status.EXPIRED
    return index_status.IN_PROGRESS if counts.in_progress else index_status.COMPLETED


def store_file_object(row: VectorStoreFile) -> dict[str, Any]:
    """Return the vendor's ``vector_store.file`` object, whose id is that of the file."""
    return {
        "id": row.file_id,
        "object": "vector_store.file",
        "usage_bytes": row.usage_bytes,
        "created_at": common.unix_time(row.created_at),
        "vector_store_id": row.store_id,
        "status": row.status,
        "last_error": row.last_error,
        # `auto` is shown as the sizes that it stands for.
        "chunking_strategy": {
            "type": "static",
            "static": {
                "max_chunk_size_tokens": row.max_chunk_tokens,
                "chunk_overlap_tokens": row.overlap_tokens,
            },
        },
        "attributes": row.attributes,
    }


def file_batch_object(batch: FileBatch, counts: FileCounts) -> dict[str, Any]:
    """Return the vendor's ``vector_store.files_batch`` object."""
    return {
        "id": batch.id,
        "object": "vector_store.files_batch",
        "created_at": common.unix_time(batch.created_at),
        "vector_store_id": batch.store_id,
        "status": _batch_status(batch, counts),
        "file_counts": _counts_object(counts),
    }


def content_object(text: str) -> dict[str, Any]:
    """Return the vendor's page of a file's text, which has the whole text."""
    return {
        "object": "vector_store.file_content.page",
        "data": [{"type": "text", "text": text}] if text else [],
        "has_more": False,
        "next_page": None,
    }


def _batch_status(batch: FileBatch, counts: FileCounts) -> str:
    if batch.cancelled_at is not None:
        return index_status.CANCELLED
    if counts.in_progress:
        return index_status.IN_PROGRESS
    # A batch fails only if all of its files do. Clients find single failures in `file_counts`.
    if counts.failed and counts.failed == counts.total:
        return index_status.FAILED
    return index_status.COMPLETED


def _counts_object(counts: FileCounts) -> dict[str, int]:
    return {
        "in_progress": counts.in_progress,
        "completed": counts.completed,
        "failed": counts.failed,
        "cancelled": counts.cancelled,
        "total": counts.total,
    }
