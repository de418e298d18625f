"""Reader processes: started once, replaced when they end, never left behind."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from assistants_app.retrieval.extract import (
    ExtractionError,
    Interrupt,
    Interrupted,
    Limits,
    extract_file,
    process,
)
from assistants_app.retrieval.extract import reader_process as readers
from tests.live import wait_until

READS_A_FIFO = """
import dataclasses, json, sys
from assistants_app.retrieval.extract import Limits
from assistants_app.retrieval.extract.reader_process import ReaderProcess
request = json.dumps([sys.argv[1], ".txt", dataclasses.asdict(Limits())]).encode()
ReaderProcess().read(request, seconds=60, most=1000)
"""


def reader_processes() -> set[psutil.Process]:
    found = set()
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end in between
            if readers.CHILD in child.cmdline():
                found.add(child)
    return found


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], psutil.Process]]:
    """Return a function for the only reader process of this test, which must end afterwards."""
    before = reader_processes()
    monkeypatch.setattr(process, "pool", readers.ReaderPool())
    monkeypatch.setattr(readers, "IDLE_SECONDS", 1.0)

    def only() -> psutil.Process:
        (found,) = reader_processes() - before
        return found

    yield only
    assert psutil.wait_procs(reader_processes() - before, timeout=20)[1] == []


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("words")
    return path


def test_one_process_reads_file_after_file_and_ends_when_none_come(
    text: Path, started: Callable[[], psutil.Process]
) -> None:
    for _ in range(3):
        assert extract_file(text, "a.txt").text == "words"
    reader = started()
    assert reader.children() == []
    assert psutil.wait_procs([reader], timeout=20)[1] == []
    assert extract_file(text, "a.txt").text == "words"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no scores")
def test_a_reader_ends_before_the_app_when_memory_runs_out(
    text: Path, started: Callable[[], psutil.Process]
) -> None:
    extract_file(text, "a.txt")
    assert Path(f"/proc/{started().pid}/oom_score_adj").read_text() == "500\n"


def test_a_killed_process_is_replaced(text: Path, started: Callable[[], psutil.Process]) -> None:
    extract_file(text, "a.txt")
    reader = started()
    reader.kill()
    assert extract_file(text, "a.txt").text == "words"


def test_a_file_that_times_out_does_not_affect_the_next_file(tmp_path: Path, text: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("a,b\n" * 4_500_000)
    for _ in range(2):
        with pytest.raises(ExtractionError, match="more than"):
            extract_file(table, "a.csv", Limits(wall_seconds=0.5))
        assert extract_file(text, "a.txt").text == "words"


def test_an_interrupted_file_does_not_affect_the_next_file(
    tmp_path: Path, text: Path, started: Callable[[], psutil.Process]
) -> None:
    extract_file(text, "a.txt")
    reader = started()
    table = tmp_path / "a.csv"
    table.write_text("a,b\n" * 4_500_000)
    interrupt = Interrupt()

    def interrupt_reading() -> None:
        wait_until(reader.children)
        interrupt.set()

    thread = threading.Thread(target=interrupt_reading)
    thread.start()
    with pytest.raises(Interrupted):
        extract_file(table, "a.csv", interrupt=interrupt)
    thread.join()
    assert psutil.wait_procs([reader], timeout=20)[1] == []
    assert extract_file(text, "a.txt").text == "words"
    with pytest.raises(Interrupted):
        extract_file(text, "a.txt", interrupt=interrupt)


def test_no_secret_in_the_environment_reaches_the_reader(
    text: Path, started: Callable[[], psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for readers")
    extract_file(text, "a.txt")
    reader = started()
    assert "PYTHONPATH" in reader.environ()
    assert "SECRET_KEY" not in reader.environ()


def test_readers_end_with_their_caller(tmp_path: Path) -> None:
    fifo = tmp_path / "a.txt"
    subprocess.run(["mkfifo", fifo], check=True)
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", READS_A_FIFO, str(fifo)], cwd=root) as caller:
        family = psutil.Process(caller.pid).children
        wait_until(lambda: len(family(recursive=True)) == 2)
        readers_of_caller = family(recursive=True)
        caller.kill()
    assert psutil.wait_procs(readers_of_caller, timeout=20)[1] == []
