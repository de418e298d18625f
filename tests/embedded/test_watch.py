"""Changes of Python files are noticed, once they are whole."""

import os
from pathlib import Path

from playground.embedded.watch import Watch


def touch(path: Path, text: str, time: int) -> Path:
    path.write_text(text)
    os.utime(path, (time, time))
    return path


def test_changes_are_reported_once_no_more_come(tmp_path: Path) -> None:
    changed = touch(tmp_path / "a.py", "1", 1)
    deleted = touch(tmp_path / "b.py", "1", 1)
    watch = Watch(tmp_path)
    assert watch.changed() == set()
    touch(changed, "2", 2)
    assert watch.changed() == set()  # more may come
    deleted.unlink()
    (tmp_path / "folder").mkdir()
    new = touch(tmp_path / "folder" / "c.py", "1", 3)
    assert watch.changed() == set()
    assert watch.changed() == {changed, deleted, new}
    assert watch.changed() == set()


def test_only_python_files_count(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    touch(tmp_path / "page.html", "1", 1)
    (tmp_path / "__pycache__").mkdir()
    touch(tmp_path / "__pycache__" / "a.py", "1", 1)
    assert [watch.changed(), watch.changed()] == [set(), set()]
