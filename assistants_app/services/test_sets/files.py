"""Files of rows: copies that belong to the set, so that nothing else can take them away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.ids import new_id
from assistants_app.domain.limits import FILE_BYTES
from assistants_app.models import Project, TestFile, TestRow, TestSet, WorkingRow
from assistants_app.services.act import act
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.stored_bytes import (
    discard_bytes,
    discard_on_commit,
    store_bytes,
)
from assistants_app.services.locks import lock_test_set
from assistants_app.services.test_sets.revisions import RowChanged, replace_row
from assistants_app.storage.byte_store import Stored


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """Bytes in the storage that no row has yet, with the name and use of their file.

    `tool` is file_search, code_interpreter or image, as of a message's file.
    """

    key: str
    stored: Stored
    name: str
    mime_type: str
    tool: str

    def entry(self) -> dict[str, Any]:
        """Return what a row says of the file."""
        return {
            "name": self.name,
            "sha256": self.stored.sha256,
            "bytes": self.stored.size,
            "mime_type": self.mime_type,
            "tool": self.tool,
        }


def store_copy(chunks: Iterable[bytes], *, name: str, mime_type: str, tool: str) -> StoredCopy:
    """Store bytes for a file of a row. Raises :class:`ApiError` if there is no room for them."""
    key = new_id("testfile")
    stored = store_bytes(key=key, chunks=chunks, limit=FILE_BYTES)
    return StoredCopy(key, stored, name, mime_type, tool)


def discard_copies(copies: Iterable[StoredCopy]) -> None:
    """Remove bytes for which no act has made a row."""
    discard_bytes(keys=[copy.key for copy in copies])


def keep_copies(test_set: TestSet, copies: Iterable[StoredCopy]) -> None:
    """Make the bytes files of the locked set, within the caller's transaction.

    Bytes that the set has already are removed after the commit. Raises :class:`InvalidRequest` if
    the project has no space for the others.
    """
    there = set(TestFile.objects.filter(test_set=test_set).values_list("sha256", flat=True))
    twice: list[str] = []
    made: list[TestFile] = []
    for copy in copies:
        if copy.stored.sha256 in there:
            twice.append(copy.key)
            continue
        there.add(copy.stored.sha256)
        size, sha256 = copy.stored.size, copy.stored.sha256
        made.append(TestFile(id=copy.key, test_set=test_set, sha256=sha256, bytes=size))
    if made:
        check_quota(test_set.project, sum(file.bytes for file in made))
        TestFile.objects.bulk_create(made)
    discard_on_commit(twice)


@act()
def attach_test_file(
    *, project: Project, set_id: str, key: str, copy: StoredCopy, author: User | None
) -> TestRow:
    """Add a stored file to a row. Raises :class:`NotFound` and :class:`InvalidRequest`."""
    if not copy.stored.size:
        raise InvalidRequest("File is empty.", param="file")
    test_set = lock_test_set(project, set_id)
    working = _row(test_set, key)
    keep_copies(test_set, [copy])
    files = [*working.row.content.get("files", []), copy.entry()]
    return replace_row(test_set, working, {**working.row.content, "files": files}, author)


@act()
def detach_test_file(
    *, project: Project, set_id: str, key: str, revision: int, index: int, author: User | None
) -> TestRow:
    """Remove a file from a row. Raises :class:`NotFound`, and :class:`RowChanged`."""
    test_set = lock_test_set(project, set_id)
    working = _row(test_set, key)
    if working.row.revision != revision:
        raise RowChanged(working.row)
    files = list(working.row.content.get("files", []))
    if not 0 <= index < len(files):
        raise NotFound("file", str(index))
    del files[index]
    return replace_row(test_set, working, {**working.row.content, "files": files}, author)


def _row(test_set: TestSet, key: str) -> WorkingRow:
    rows = WorkingRow.objects.select_related("row").filter(test_set=test_set, key=key)
    working = rows.first()
    if working is None:
        raise NotFound("row", key)
    return working
