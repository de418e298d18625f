"""Which of the files that code saved are kept, by the sizes that they announce."""

from collections.abc import Iterator

import pytest

from assistants_app import conf
from assistants_app.models import File
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import Execution, FileInfo
from assistants_app.tools.code_interpreter import outputs
from assistants_app.tools.code_interpreter.outputs import SavedFile, keep_files
from tests.cast import Cast, make_run

MIB = 1 << 20


class Session:
    """A session whose files are zeros, `real` bytes of them."""

    def __init__(self, real: int) -> None:
        self.real = real
        self.read: list[str] = []

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        self.read.append(name)
        for at in range(0, self.real, MIB):
            yield bytes(min(MIB, self.real - at))


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    session = Session(real=3 * MIB)
    monkeypatch.setattr(outputs, "sandbox", lambda: session)
    monkeypatch.setattr(outputs, "limits", lambda: Limits(disk_bytes=7 * MIB))
    return session


def kept(cast: Cast, *sizes: int) -> list[SavedFile]:
    infos = [FileInfo(f"{number}.bin", size, f"{number}") for number, size in enumerate(sizes)]
    run = make_run(cast.project, cast.thread, cast.assistant)
    return keep_files(run, Execution([], False, "ok", changed_files=infos), {})


def test_files_are_kept_as_far_as_the_disk_would_hold_them(cast: Cast, session: Session) -> None:
    first, second, third = kept(cast, 3 * MIB, 3 * MIB, 3 * MIB)
    assert first.file_id
    assert second.file_id
    assert third == SavedFile(
        "2.bin", 3 * MIB, None, "the files of this call are larger than 7 MiB together"
    )
    assert session.read == ["0.bin", "1.bin"]


def test_a_file_longer_than_it_says_is_not_kept(cast: Cast, session: Session) -> None:
    [saved] = kept(cast, 1)
    assert (saved.file_id, saved.reason) == (None, "the file grew while it was read")
    assert not File.objects.filter(filename="0.bin").exists()


def test_a_file_that_exceeds_the_quota_is_not_read(
    cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "FILE_QUOTA_BYTES", MIB)
    [saved] = kept(cast, 3 * MIB)
    assert "bytes for files are left" in saved.reason
    assert session.read == []
