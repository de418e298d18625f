"""Delete files, within the caller's transaction."""

from collections.abc import Sequence

from assistants_app.models import File
from assistants_app.services.files.stored_bytes import discard_on_commit
from assistants_app.services.former_names import keep_names_of_files
from assistants_app.services.stores.attachments import remove_from_stores


def remove_files(file_ids: Sequence[str]) -> None:
    """Delete locked files with their chunks and bytes, and keep their names for share links."""
    remove_from_stores(file_ids)
    keep_names_of_files(file_ids)
    File.objects.filter(pk__in=file_ids).delete()
    discard_on_commit(file_ids)
