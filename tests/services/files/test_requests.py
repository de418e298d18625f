"""Every row of a file has its bytes, even after crashes and errors."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from assistants_app import conf
from assistants_app.engine.recovery import sweep_files
from assistants_app.models import File, Upload, UploadPart
from assistants_app.services.files import requests as files
from assistants_app.services.files import uploads
from assistants_app.storage.byte_store import byte_store
from tests.cast import Cast, api_client, make_file
from tests.web.pages import project_url, signed_in

OLD = datetime.now(UTC) - timedelta(hours=2)
Post = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty storage for each test."""
    backend = {**settings.STORAGES["files"], "OPTIONS": {"folder": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "files": backend}
    return tmp_path


@pytest.fixture
def stored(cast: Cast, folder: Path) -> Callable[[], set[str]]:
    """A function that returns the names of all files in the storage."""
    byte_store().delete(cast.file.id)
    cast.file.delete()
    return lambda: {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def post(cast: Cast) -> Post:
    client = api_client(cast.key)
    client.raise_request_exception = False

    def post(path: str, *, json: bool = False, **fields: object) -> Any:
        kind = "application/json" if json else MULTIPART_CONTENT
        return client.post(f"/v1/{path}", fields, content_type=kind)

    return post


def grow_old(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (OLD.timestamp(), OLD.timestamp()))


def some_bytes(data: bytes = b"data") -> SimpleUploadedFile:
    return SimpleUploadedFile("a.txt", data)


def test_refused_files_leave_no_bytes(post: Post, stored: Callable[[], set[str]]) -> None:
    for fields in (
        {"file": some_bytes(), "purpose": "answers"},
        {"file": some_bytes()},
        {"file": some_bytes(), "purpose": "batch", "expires_after[seconds]": "60"},
        {"file": some_bytes(b""), "purpose": "batch"},
        {"file": [some_bytes(), some_bytes()], "purpose": "batch"},
    ):
        assert post("files", **fields).status_code == 400
        assert stored() == set()
    assert not File.objects.exists()


def test_the_sweeper_removes_bytes_that_a_crash_left_without_a_row(
    post: Post, stored: Callable[[], set[str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(**_: object) -> None:
        raise DatabaseError("the connection is lost")

    kept = post("files", file=some_bytes(), purpose="batch").json()["id"]
    with monkeypatch.context() as patched:
        patched.setattr(files, "create_file", crash)
        assert post("files", file=some_bytes(), purpose="batch").status_code == 500
    assert len(stored()) == 2
    sweep_files()
    assert len(stored()) == 2, "young bytes may belong to a request that is about to commit"
    grow_old(folder)
    sweep_files()
    assert stored() == {kept}


def test_the_sweeper_removes_the_temporary_file_of_a_killed_writer(
    stored: Callable[[], set[str]], folder: Path
) -> None:
    def killed() -> Iterator[bytes]:
        yield b"half"
        for path in folder.rglob("*"):
            copy = path.with_name(path.name + "2") if path.is_file() else None
            if copy:
                copy.write_bytes(b"left by a process that was killed before its except clause")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        byte_store().write("file-abc", killed())
    assert len(stored()) == 1
    for path in folder.rglob("*"):
        os.utime(path, ((OLD - timedelta(days=1)).timestamp(),) * 2)
    sweep_files()
    assert stored() == set()


def test_the_bytes_of_a_deleted_file_are_removed_after_the_commit(
    cast: Cast,
    stored: Callable[[], set[str]],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    file = make_file(cast.project)
    with django_capture_on_commit_callbacks():
        files.delete_file(project=cast.project, file_id=file.id)
        assert stored() == {file.id}, "until the transaction is committed"
    with django_capture_on_commit_callbacks(execute=True):
        files.delete_file(project=cast.project, file_id=make_file(cast.project).id)
    assert stored() == {file.id}


def test_the_sweeper_removes_old_bytes_without_a_row_and_leaves_foreign_files(
    cast: Cast, stored: Callable[[], set[str]], folder: Path
) -> None:
    make_file(cast.project).delete()
    foreign = folder / "xt" / "notes.txt"
    foreign.parent.mkdir()
    foreign.write_text("not ours")
    assert len(stored()) == 2
    grow_old(folder)
    sweep_files()
    assert stored() == {"notes.txt"}


def test_an_expired_file_is_gone_at_once_and_its_bytes_soon(
    cast: Cast,
    stored: Callable[[], set[str]],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    now = timezone.now()
    expired = make_file(cast.project, expires_at=now - timedelta(seconds=1))
    alive = make_file(cast.project, expires_at=now + timedelta(hours=1))
    client = api_client(cast.key)
    for path in (expired.id, f"{expired.id}/content"):
        assert client.get(f"/v1/files/{path}").status_code == 404
    assert [item["id"] for item in client.get("/v1/files").json()["data"]] == [alive.id]
    with django_capture_on_commit_callbacks(execute=True):
        sweep_files()
    assert stored() == {alive.id}


def test_a_project_has_a_limited_amount_of_storage(
    post: Post, stored: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "FILE_QUOTA_BYTES", 10)
    assert post("files", file=some_bytes(bytes(6)), purpose="batch").status_code == 200
    refused = post("files", file=some_bytes(bytes(5)), purpose="batch")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "storage_quota_exceeded"
    assert "Only 4 of this project's 10 bytes" in refused.json()["error"]["message"]
    assert len(stored()) == 1
    upload = {"filename": "a", "purpose": "batch", "mime_type": "text/plain"}
    assert post("uploads", json=True, bytes=5, **upload).status_code == 400
    assert post("uploads", json=True, bytes=4, **upload).status_code == 200


def upload_of(post: Post, *parts: bytes) -> tuple[str, list[str]]:
    made = post(
        "uploads",
        json=True,
        filename="a.txt",
        purpose="assistants",
        mime_type="text/plain",
        bytes=sum(map(len, parts)),
    ).json()["id"]
    ids = [post(f"uploads/{made}/parts", data=some_bytes(part)).json()["id"] for part in parts]
    return made, ids


def test_an_upload_leaves_only_its_file(
    post: Post,
    stored: Callable[[], set[str]],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        upload, parts = upload_of(post, b"abc", b"def")
        assert stored() == set(parts)
        body = {"part_ids": parts[::-1]}
        wrong = post(f"uploads/{upload}/complete", json=True, md5="0" * 32, **body)
        assert wrong.status_code == 400
        assert stored() == set(parts)
        file = post(f"uploads/{upload}/complete", json=True, **body).json()["file"]
    assert stored() == {file["id"]}
    assert b"".join(byte_store().read(file["id"])) == b"defabc"
    with django_capture_on_commit_callbacks(execute=True):
        upload, _ = upload_of(post, b"abc")
        assert post(f"uploads/{upload}/cancel", json=True).json()["status"] == "cancelled"
        assert post(f"uploads/{upload}/parts", data=some_bytes()).status_code == 400
    assert stored() == {file["id"]}


def test_an_upload_expires_after_an_hour(
    cast: Cast,
    post: Post,
    stored: Callable[[], set[str]],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    upload, parts = upload_of(post, b"abc")
    Upload.objects.filter(pk=upload).update(expires_at=timezone.now() - timedelta(seconds=1))
    for path, fields in (
        ("parts", {"data": some_bytes()}),
        ("complete", {"json": True, "part_ids": parts}),
        ("cancel", {"json": True}),
    ):
        answer = post(f"uploads/{upload}/{path}", **fields)
        assert answer.status_code == 400
        assert "has status 'expired'" in answer.json()["error"]["message"]
    with django_capture_on_commit_callbacks(execute=True):
        sweep_files()
    assert stored() == set()
    assert Upload.objects.get(pk=upload).status == "expired"
    assert not UploadPart.objects.exists()


def test_a_part_that_vanishes_while_parts_are_joined_is_an_error(
    post: Post, stored: Callable[[], set[str]]
) -> None:
    upload, parts = upload_of(post, b"abc")
    byte_store().delete(parts[0])
    answer = post(f"uploads/{upload}/complete", json=True, part_ids=parts)
    assert answer.status_code == 400
    assert stored() == set()


def test_the_sweeper_deletes_all_expired_files_in_batches(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = timezone.now() - timedelta(seconds=1)
    for _ in range(5):
        make_file(cast.project, expires_at=past)
    monkeypatch.setattr("assistants_app.engine.recovery.FILES_AT_ONCE", 2)
    sweep_files()
    assert [file.id for file in File.objects.all()] == [cast.file.id]
    assert uploads.expire_uploads(limit=2) == 0


@pytest.mark.parametrize(
    ("given", "name"),
    [("../../x.txt", "x.txt"), ("C:\\a\\b.txt", "b.txt"), ("..", "upload"), ("c.txt.", "c.txt")],
)
def test_uploads_and_the_page_keep_only_the_last_component(
    cast: Cast, given: str, name: str
) -> None:
    body = {"filename": given, "purpose": "assistants", "bytes": 1, "mime_type": "text/plain"}
    answer = api_client(cast.key).post("/v1/uploads", body, "application/json")
    assert answer.json()["filename"] == name
    address = project_url(cast, "files") + "?" + urlencode({"name": given, "for": "list"})
    assert signed_in(cast.alice).put(address, b"x", "text/plain").status_code == 200
    assert File.objects.latest("pk").filename == name


def test_a_file_with_an_older_name_is_downloaded_without_its_path(cast: Cast) -> None:
    file = make_file(cast.project, filename="../../x\n.txt")
    for response in (
        api_client(cast.key).get(f"/v1/files/{file.id}/content"),
        signed_in(cast.alice).get(project_url(cast, "file_content", file.id)),
    ):
        assert response["Content-Disposition"] == 'attachment; filename="x .txt"'
