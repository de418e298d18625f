"""Create, update and delete vector stores, their files and batches of files."""

from django.utils import timezone

from assistants_app.domain import index_status
from assistants_app.domain.errors import NotFound
from assistants_app.models import FileBatch, Project, VectorStore, VectorStoreFile
from assistants_app.queries.stores.stores import no_such_file
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.locks import lock_store
from assistants_app.services.space import require_space
from assistants_app.services.stores import attachments
from assistants_app.wire.stores.stores import (
    FileBatchCreateParams,
    StoreFileCreateParams,
    StoreFileModifyParams,
    VectorStoreCreateParams,
    VectorStoreModifyParams,
)


@act(require_space)
def create_store(*, project: Project, params: VectorStoreCreateParams) -> VectorStore:
    """Create a store. Its files wait for an indexer.

    Raises :class:`NotFound` for the first file that doesn't exist.
    """
    store = attachments.new_store(
        project,
        days=params.expires_after.days if params.expires_after else None,
        name=params.name or "",
        description=params.description or "",
        metadata=params.metadata or {},
    )
    if params.file_ids:
        files = [
            StoreFileCreateParams(file_id=file_id, chunking_strategy=params.chunking_strategy)
            for file_id in params.file_ids
        ]
        attachments.attach_files(store, files, priority=_priority_of(len(files)))
    return store


@act()
def update_store(
    *, project: Project, store_id: str, params: VectorStoreModifyParams
) -> VectorStore:
    """Change the store's name, metadata or expiry, if given. Null clears a value.

    Raises :class:`NotFound`.
    """
    store = lock_store(project, store_id)
    given = params.model_fields_set
    if "name" in given:
        store.name = params.name or ""
    if "metadata" in given:
        store.metadata = params.metadata or {}
    # A store whose chunks were removed can't come back to life.
    if "expires_after" in given and not store.emptied:
        store.expires_after_days = params.expires_after.days if params.expires_after else None
    store.save(update_fields=["name", "metadata", "expires_after_days"])
    if not store.emptied:
        attachments.record_activity(store)
    return store


@act()
def delete_store(*, project: Project, store_id: str) -> None:
    """Delete the store and its chunks. The files stay. Raises :class:`NotFound`."""
    # The full lock also keeps others from attaching files to the store meanwhile.
    store = lock_store(project, store_id, for_delete=True)
    rows = VectorStoreFile.objects.select_for_update().filter(store=store)
    attachments.remove_rows(list(rows.order_by("pk")))
    note(
        "delete_store",
        project=project,
        target_type="vector_store",
        target_id=store.id,
        target_name=store.name,
    )
    store.delete()


@act(require_space)
def attach_file(
    *, project: Project, store_id: str, params: StoreFileCreateParams
) -> VectorStoreFile:
    """Attach a file to the store, where it waits for an indexer. Raises :class:`NotFound`."""
    store = lock_store(project, store_id)
    [row] = attachments.attach_files(store, [params])
    return row


@act()
def update_attributes(
    *, project: Project, store_id: str, file_id: str, params: StoreFileModifyParams
) -> VectorStoreFile:
    """Replace the file's attributes. Searches use them at once. Raises :class:`NotFound`."""
    store = lock_store(project, store_id)
    row = _lock_file(store, file_id)
    row.attributes = params.attributes or {}
    row.save(update_fields=["attributes"])
    return row


@act()
def detach_file(*, project: Project, store_id: str, file_id: str) -> None:
    """Remove the file from the store. The file itself stays. Raises :class:`NotFound`."""
    store = lock_store(project, store_id)
    attachments.remove_rows([_lock_file(store, file_id)])
    attachments.record_activity(store)


@act()
def detach_failed(*, project: Project, store_id: str) -> None:
    """Remove all files that failed from the store. The files themselves stay."""
    store = lock_store(project, store_id)
    rows = VectorStoreFile.objects.select_for_update().filter(store=store)
    attachments.remove_rows(rows.filter(status=index_status.FAILED))
    attachments.record_activity(store)


@act(require_space)
def create_batch(*, project: Project, store_id: str, params: FileBatchCreateParams) -> FileBatch:
    """Attach files to the store as a batch.

    Raises :class:`NotFound` if the store or one of the files doesn't exist. Then no file is
    attached.
    """
    store = lock_store(project, store_id)
    batch = FileBatch.objects.create(store=store)
    files = params.each()
    attachments.attach_files(store, files, batch=batch, priority=_priority_of(len(files)))
    return batch


def _priority_of(number: int) -> int:
    # Helpers of the SDKs send even a single file as a batch.
    return index_status.ORDINARY if number == 1 else index_status.BULK


@act()
def cancel_batch(*, project: Project, store_id: str, batch_id: str) -> FileBatch:
    """Cancel the batch's files that are not indexed yet. Raises :class:`NotFound`.

    A batch without such files stays as it is.
    """
    store = lock_store(project, store_id)
    batch = FileBatch.objects.filter(store=store, pk=batch_id).first()
    if batch is None:
        raise NotFound("file batch", batch_id)
    open_rows = VectorStoreFile.objects.filter(batch=batch, status=index_status.IN_PROGRESS)
    locked = list(open_rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    if locked:
        # Without its lease, an indexer that holds one of the files drops it.
        open_rows.update(
            status=index_status.CANCELLED, pending=False, lease_owner="", lease_expires_at=None
        )
        batch.cancelled_at = timezone.now()
        batch.save(update_fields=["cancelled_at"])
    return batch


def _lock_file(store: VectorStore, file_id: str) -> VectorStoreFile:
    rows = VectorStoreFile.objects.select_for_update().filter(store=store)
    row = rows.filter(file=file_id).first()
    if row is None:
        raise no_such_file(store.id, file_id)
    return row
