"""Reads of files and uploads."""

import unicodedata
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Lower, Now

from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.domain.lists import PageParams, Sort
from assistants_app.models import (
    File,
    HeldFile,
    Project,
    TapeFile,
    TestFile,
    Upload,
    UploadPart,
)
from assistants_app.queries.pages import Page, order_of, read_numbered_page, read_page

SORTS: dict[str, Any] = {
    "name": Lower("filename"),
    "size": F("bytes"),
    "purpose": F("purpose"),
    "created": F("id"),
}
# An expired file is gone for every reader, even if the sweeper has not deleted it yet.
ALIVE = Q(expires_at=None) | Q(expires_at__gt=Now())


def get_file(project: Project, file_id: str) -> File:
    """Return the file. Raises the 404 of the vendor's files endpoints."""
    file = _files(project).filter(pk=file_id).first()
    if file is None:
        raise no_such_object("File", file_id)
    return file


def list_files(
    project: Project, page: PageParams, *, purpose: str | None = None, name: str = ""
) -> Page[File]:
    """Return a page of the project's files, of one purpose or with `name` in their names."""
    return read_page(matching_files(project, purpose=purpose, name=name), page)


def sorted_files(rows: "QuerySet[File]", sort: Sort, number: int, limit: int) -> Page[File]:
    """Return a numbered page of the files in this order."""
    return read_numbered_page(rows.order_by(*order_of(sort, SORTS)), number, limit)


def matching_files(
    project: Project, *, purpose: str | None = None, name: str = ""
) -> "QuerySet[File]":
    """Return the project's files, of one purpose or with `name` in their names, in no order."""
    rows = _files(project)
    if purpose:
        rows = rows.filter(purpose=purpose)
    if name:
        # Macs send letters and accents as characters of their own, other systems as one.
        forms = {name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD"))}
        rows = rows.filter(reduce(or_, (Q(filename__icontains=one) for one in sorted(forms))))
    return rows


def purposes(project: Project) -> list[str]:
    """Return the purposes of the project's files."""
    rows = _files(project).order_by("purpose")
    return list(rows.values_list("purpose", flat=True).distinct())


def files_by_id(project_id: str, file_ids: Iterable[str]) -> dict[str, File]:
    """Return the files that exist, by id, with one query, or none without ids."""
    wanted = set(file_ids)
    if not wanted:
        return {}
    return {file.id: file for file in File.objects.filter(ALIVE, project=project_id, pk__in=wanted)}


def get_upload(project: Project, upload_id: str) -> Upload:
    """Return the upload. Raises the vendor's 404."""
    upload = Upload.objects.filter(project=project, pk=upload_id).first()
    if upload is None:
        raise no_such_object("Upload", upload_id)
    return upload


def upload_parts(upload: Upload, part_ids: list[str]) -> list[UploadPart]:
    """Return the upload's parts that exist, in the order of `part_ids`."""
    found = UploadPart.objects.filter(upload=upload).in_bulk(part_ids)
    return [found[part_id] for part_id in part_ids if part_id in found]


def used_bytes(project: Project) -> int:
    """Return the bytes of the project's files, tapes, tests and unfinished uploads."""
    # Expired files count until their bytes are removed.
    files = File.objects.filter(project=project).aggregate(sum=Sum("bytes"))["sum"] or 0
    parts = UploadPart.objects.filter(upload__project=project, upload__status="pending")
    taped = TapeFile.objects.filter(tape__project=project)
    tests = TestFile.objects.filter(test_set__project=project)
    held = HeldFile.objects.filter(project=project)
    others = (rows.aggregate(sum=Sum("bytes"))["sum"] or 0 for rows in (parts, taped, tests, held))
    return int(files + sum(others))


def keys_with_rows(keys: Iterable[str]) -> set[str]:
    """Return which of these storage keys belong to a row."""
    wanted = list(keys)
    return {
        key
        for model in (File, UploadPart, TapeFile, TestFile, HeldFile)
        for key in model.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    }


def no_such_object(noun: str, object_id: str) -> ApiError:
    """Return the vendor's 404 for files and uploads."""
    message = f"No such {noun} object: {object_id}"
    return ApiError(message, param="id", http_status=404)


def _files(project: Project) -> "QuerySet[File]":
    return File.objects.filter(ALIVE, project=project)


def require_files(project: Project, file_ids: list[str]) -> None:
    """Raise :class:`NotFound` for the first file that doesn't exist.

    Takes one query, or none without files.
    """
    there = files_by_id(project.id, file_ids)
    for file_id in file_ids:
        if file_id not in there:
            raise NotFound("file", file_id)
