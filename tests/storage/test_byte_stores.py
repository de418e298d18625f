"""Both byte stores, on disk and in a bucket, keep the promises of their interface."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.module_loading import import_string

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.ids import new_id
from assistants_app.engine.recovery import sweep_files
from assistants_app.storage.byte_store import BytesMissing, ByteStore
from playground.storage import file_storage
from tests.cast import Cast, api_client
from tests.fakes.s3 import FakeS3

MB = 1024**2
DAY = timedelta(days=1)
NOW = datetime.now(UTC)


class Place:
    """A byte store, with access to its files that does not go through it."""

    store: ByteStore

    def make_older(self, key: str) -> None:
        raise NotImplementedError

    def everything(self) -> list[str]:
        raise NotImplementedError


class DiskPlace(Place):
    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.store = made(settings)

    def make_older(self, key: str) -> None:
        for path in self.folder.rglob(f"*{key}*"):
            os.utime(path, ((NOW - 2 * DAY).timestamp(),) * 2)

    def everything(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]


class BucketPlace(Place):
    def __init__(self, fake: FakeS3, settings: dict[str, Any]) -> None:
        self.fake = fake
        self.store = made(settings)

    def make_older(self, key: str) -> None:
        self.fake.ages[f"some/where/{key}"] = 2 * DAY

    def everything(self) -> list[str]:
        return [*self.fake.objects, *self.fake.uploads]


def made(settings: dict[str, Any]) -> ByteStore:
    store: ByteStore = import_string(settings["BACKEND"])(**settings["OPTIONS"])
    return store


@pytest.fixture(params=["disk", "s3"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    if request.param == "disk":
        yield DiskPlace(tmp_path, file_storage(tmp_path))
        return
    with FakeS3() as fake:
        url = f"s3://key:s%2Fecret@127.0.0.1:{fake.port}/bucket?tls=false&prefix=some/where"
        monkeypatch.setenv("STORAGE_URL", url)
        yield BucketPlace(fake, file_storage(tmp_path))
        assert {bucket for _, bucket, _ in fake.seen} <= {"bucket"}
        assert all("Credential=key/" in signature for _, _, signature in fake.seen)


@pytest.fixture
def store(place: Place) -> ByteStore:
    return place.store


@pytest.mark.parametrize("size", [0, 1, 5 * MB, 20 * MB + 1])
def test_written_bytes_are_read_back_and_have_their_digests(store: ByteStore, size: int) -> None:
    data = os.urandom(size)
    key = new_id("file", "-")
    stored = store.write(key, (data[at : at + 70_001] for at in range(0, size, 70_001)))
    assert stored.size == size
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert stored.md5 == hashlib.md5(data).hexdigest()
    assert b"".join(store.read(key)) == data


def test_ranges_are_read(store: ByteStore) -> None:
    data = bytes(range(256)) * 4096
    store.write("file-1", [data])
    for start, end in ((0, 5), (7, 7), (255, 600_000), (900_000, None), (0, None)):
        assert b"".join(store.read("file-1", start=start, end=end)) == data[start:end]


def test_a_deleted_key_is_gone(store: ByteStore) -> None:
    store.write("file-1", [b"x"])
    assert store.exists("file-1")
    store.delete("file-1")
    store.delete("file-1")
    assert not store.exists("file-1")
    with pytest.raises(BytesMissing):
        store.read("file-1")


@pytest.mark.parametrize("size", [1, 20 * MB])
def test_a_writer_that_fails_leaves_nothing(place: Place, size: int) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(size)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        place.store.write("file-1", broken())
    assert place.everything() == []


def test_only_old_keys_are_listed(place: Place) -> None:
    for number in range(8):
        place.store.write(f"file-{number}", [b"x"])
    for number in range(5):
        place.make_older(f"file-{number}")
    old = set(place.store.keys(before=NOW - DAY))
    assert old == {f"file-{number}" for number in range(5)}


def test_old_unfinished_files_of_killed_writers_are_dropped(place: Place) -> None:
    def killed() -> Iterator[bytes]:
        yield bytes(20 * MB)
        left.append(place.everything())
        place.make_older("file-1")
        assert place.store.drop_unfinished(before=NOW - DAY) == 1
        raise ZeroDivisionError

    left: list[list[str]] = []
    with pytest.raises((ZeroDivisionError, OSError)):
        place.store.write("file-1", killed())
    assert len(left[0]) == 1
    assert place.everything() == []


def test_an_unreachable_storage_raises_an_os_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STORAGE_URL", "s3://k:s@127.0.0.1:1/bucket?tls=false")
    store = made(file_storage(tmp_path))
    with pytest.raises(OSError, match="127.0.0.1"):
        store.exists("file-1")


@pytest.mark.parametrize(
    "url",
    ["http://x/bucket", "s3://host", "s3://host/a/b", "s3:///b?tls=maybe", "s3:///b?colour=red"],
)
def test_a_wrong_storage_url_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    with pytest.raises(ConfigurationError, match="STORAGE_URL"):
        file_storage(tmp_path)


def test_files_live_in_a_bucket(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = api_client(cast.key)
    with FakeS3() as fake:
        url = f"s3://key:secret@127.0.0.1:{fake.port}/bucket?tls=false"
        monkeypatch.setenv("STORAGE_URL", url)
        place = file_storage(Path("unused"))
        settings.STORAGES = {**settings.STORAGES, "files": place}
        sent = {"file": SimpleUploadedFile("a.txt", b"data"), "purpose": "assistants"}
        file_id = client.post("/v1/files", sent).json()["id"]
        assert fake.objects == {file_id: b"data"}
        assert client.get(f"/v1/files/{file_id}/content")["Content-Length"] == "4"
        fake.objects["file-orphan"] = fake.objects["notes.txt"] = b"x"
        fake.ages = dict.fromkeys(fake.objects, DAY)
        sweep_files()
        assert set(fake.objects) == {file_id, "notes.txt"}
