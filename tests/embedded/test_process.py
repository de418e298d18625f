"""Child processes: none outlives its parent, none loses its last words."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from playground.embedded.options import PROJECT
from playground.embedded.process import Child, Command
from tests.embedded.conftest import Wait


def python(code: str, *, watched: bool = False) -> Command:
    return Command((sys.executable, "-c", textwrap.dedent(code)), {}, Path("/"), watched=watched)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("watched", [False, True])
def test_a_child_ends_with_a_killed_parent(watched: bool, wait_until: Wait) -> None:
    if not watched and not sys.platform.startswith("linux"):
        pytest.skip("only Linux has a parent-death signal")
    # With the watcher, the kernel's own signal is made harmless, so that it proves itself.
    orphan_signal = "SIGCONT" if watched else "SIGKILL"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                import signal, time
                from pathlib import Path
                from playground.embedded.process import Child, Command
                child = Child(
                    Command(("/bin/sleep", "60"), {{}}, Path("/"), signal.{orphan_signal},
                            watched={watched}),
                    print,
                )
                print(child.pid, flush=True)
                time.sleep(60)
                """
            ),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()
        wait_until(lambda: is_gone(pid))


def test_the_watcher_ends_with_its_child(wait_until: Wait) -> None:
    before = set(psutil.Process().children(recursive=True))
    child = Child(python("input()", watched=True), print)
    child.wait(10)
    wait_until(lambda: set(psutil.Process().children(recursive=True)) == before)


def test_all_lines_arrive_before_the_end_is_told() -> None:
    lines: list[str] = []
    child = Child(python("for i in range(5000): print('line', i)"), lines.append)
    assert child.wait(20) == 0
    assert lines[-1] == "line 4999"
    assert len(lines) == 5000


def test_what_a_killed_child_started_ends_too(wait_until: Wait) -> None:
    lines: list[str] = []
    child = Child(
        python(
            """
            import subprocess, time
            print(subprocess.Popen(["/bin/sleep", "60"]).pid, flush=True)
            time.sleep(60)
            """
        ),
        lines.append,
    )
    wait_until(lambda: lines)
    child.send(signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL
    wait_until(lambda: is_gone(int(lines[0])))
