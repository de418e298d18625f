"""Without free space nothing new begins, and what runs goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from assistants_app.domain.errors import NoSpace
from assistants_app.engine.indexing import index_next_file
from assistants_app.models import Message, Run, Thread
from assistants_app.services import space
from assistants_app.services.files.stored_bytes import store_bytes
from assistants_app.services.space import Disks
from tests.asgi import Client
from tests.cast import Cast, api_client, make_run


@pytest.fixture
def api(cast: Cast) -> Client:
    return api_client(cast.key)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(space, "_is_short", lambda folder: True)
    monkeypatch.setattr(space, "_disks", Disks())
    return iter(())


def test_disks_are_looked_at_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("assistants_app.services.space.time.monotonic", lambda: now[0])
    disks = Disks()
    assert not disks.are_short()
    monkeypatch.setattr(space, "_is_short", lambda folder: True)
    now[0] += 0.9
    assert not disks.are_short()
    now[0] += 0.2
    assert disks.are_short()


def test_the_folder_of_a_local_database_is_watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The tests' own PostgreSQL has a socket in the file system.
    folder = space._database_folder()
    assert folder is not None
    assert (folder / "PG_VERSION").exists()
    seen = []

    def is_short(folder: Path) -> bool:
        seen.append(folder)
        return False

    monkeypatch.setattr(space, "_is_short", is_short)
    assert not Disks().are_short()
    assert {Path(settings.DATA_DIR), folder} <= set(seen)
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", str(tmp_path))
    assert space._database_folder() is None


@pytest.mark.parametrize(
    ("free", "size", "short"),
    [
        (255, 100_000, True),
        (257, 100_000, False),
        # A temporary folder in memory.
        (64, 64, False),
        (7, 64, False),
        (6, 64, True),
    ],
)
def test_a_small_disk_needs_less_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, size: int, short: bool
) -> None:
    asked = []

    def statvfs(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(f_frsize=2**20, f_bavail=free, f_blocks=size)

    monkeypatch.setattr("assistants_app.services.space.os.statvfs", statvfs)
    # A folder that doesn't exist yet will be on the disk of the one above it.
    assert space._is_short(tmp_path / "a" / "b") is short
    assert asked == [tmp_path]


BODIES: dict[str, Callable[[Cast], tuple[str, dict[str, object]]]] = {
    "thread": lambda cast: ("/v1/threads", {}),
    "message": lambda cast: (
        f"/v1/threads/{cast.thread.id}/messages",
        {"role": "user", "content": "Hello"},
    ),
    "run": lambda cast: (f"/v1/threads/{cast.thread.id}/runs", {"assistant_id": cast.assistant.id}),
    "thread and run": lambda cast: ("/v1/threads/runs", {"assistant_id": cast.assistant.id}),
    "store": lambda cast: ("/v1/vector_stores", {}),
    "upload": lambda cast: (
        "/v1/uploads",
        {"filename": "a.txt", "bytes": 3, "mime_type": "text/plain", "purpose": "assistants"},
    ),
}


@pytest.mark.parametrize("what", BODIES)
def test_new_things_are_refused_and_leave_nothing(
    cast: Cast, api: Client, full: None, what: str
) -> None:
    before = [model.objects.count() for model in (Thread, Message, Run)]
    path, body = BODIES[what](cast)
    response = api.post(path, body, content_type="application/json")
    assert response.status_code == 507
    error = response.json()["error"]
    assert (error["type"], error["code"]) == ("server_error", "insufficient_storage")
    assert response["Retry-After"] == "10"
    assert [model.objects.count() for model in (Thread, Message, Run)] == before


def test_files_are_refused_before_a_byte_is_stored(full: None) -> None:
    chunks = iter([b"x", b"y"])
    with pytest.raises(NoSpace):
        store_bytes(key="file-1", chunks=chunks, limit=10)
    assert next(chunks) == b"x"


def test_files_wait_for_their_indexing(cast: Cast, full: None) -> None:
    assert not index_next_file()


def test_what_exists_can_be_read_cancelled_and_deleted(cast: Cast, api: Client, full: None) -> None:
    run = make_run(cast.project, cast.thread, cast.assistant)
    thread = f"/v1/threads/{cast.thread.id}"
    assert api.post(f"{thread}/runs/{run.id}/cancel").status_code == 200
    assert api.get(thread).status_code == 200
    assert api.delete(thread).status_code == 200
