"""The site's processes are forks of one parent, and behave like programs of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from playground.embedded.forked.parent import (
    SiteParent,
    connect,
    is_possible,
    module_words,
    only_runs_a_module,
)
from playground.embedded.options import PROJECT
from playground.embedded.process import Child
from tests.embedded.conftest import Wait

pytestmark = pytest.mark.skipif(not is_possible(), reason="processes are forked on Linux only")

# A site that only says what it is. `python -m said` runs in a fork.
SAID = """
import json, os, sys, time
print(json.dumps({
    "arguments": sys.argv[1:], "main": __name__, "shared": sys.modules["playground.shared"].number,
    "leads": os.getsid(0) == os.getpid(), "input": sys.stdin.read(),
    "files": len(os.listdir("/proc/self/fd")),
}))
if "fail" in sys.argv:
    sys.exit("error: it fails")
if "stay" in sys.argv:
    time.sleep(1000)
"""
PRELOAD = "import random\ndef preload():\n    import playground.shared\n"
SHARED = "import random\nnumber = random.random()\n"


@pytest.fixture
def parent(folder: Path) -> Iterator[SiteParent]:
    """A parent that has preloaded one module."""
    package = folder / "playground"
    package.mkdir()
    for name, text in {"__init__": "", "preload": PRELOAD, "shared": SHARED}.items():
        (package / f"{name}.py").write_text(text)
    (package / "embedded").symlink_to(PROJECT / "playground" / "embedded")
    (folder / "installer").symlink_to(PROJECT / "installer")
    (folder / "said.py").write_text(SAID)
    # The project's own folder is where the parent starts, so ours has to come before it.
    env = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    with SiteParent(env, folder / "site") as made:
        yield made


def run(parent: SiteParent, *arguments: str, lines: list[str] | None = None) -> Child:
    """The module `said` in a fork with these arguments."""
    found: list[str] = [] if lines is None else lines
    return Child(parent.fork_of("said", ["said", *arguments]), found.append)


def test_a_fork_runs_its_module_with_what_the_parent_has_imported(parent: SiteParent) -> None:
    lines: list[str] = []
    for arguments in (["a b", "--c"], []):
        assert run(parent, *arguments, lines=lines).wait(10) == 0
    one, two = map(json.loads, lines)
    assert (one["arguments"], two["arguments"]) == (["a b", "--c"], [])
    assert one["main"] == "__main__"
    assert one["shared"] == two["shared"]
    assert (one["leads"], one["input"]) == (True, "")
    # Standard input and outputs, and the listing itself: nothing of the parent or of other forks.
    assert one["files"] == two["files"] == 4


def test_a_fork_has_a_name_and_tells_how_it_ended(parent: SiteParent, wait_until: Wait) -> None:
    lines: list[str] = []
    failed = run(parent, "fail", lines=lines)
    assert failed.wait(10) == 1
    assert lines[-1] == "error: it fails"
    lines.clear()
    child = run(parent, "stay", lines=lines)
    wait_until(lambda: lines)
    assert psutil.Process(child.pid).name() == "said"
    assert child.is_alive()
    assert child.wait(0.01) is None
    child.send(signal.SIGTERM)
    assert child.wait(10) == -signal.SIGTERM
    assert not child.is_alive()
    assert not psutil.pid_exists(child.pid)
    child.send(signal.SIGTERM)  # does nothing


def test_forks_end_with_their_parent_and_are_forked_from_the_next(
    parent: SiteParent, wait_until: Wait
) -> None:
    lines: list[str] = []
    child = run(parent, "stay", lines=lines)
    wait_until(lambda: lines)
    parent.kill()
    assert child.wait(10) == -signal.SIGKILL
    wait_until(lambda: not psutil.pid_exists(child.pid))
    parent.launch()
    # Asked while the next parent still starts.
    assert run(parent).wait(20) == 0


def test_a_fork_whose_launcher_forgets_it_is_killed(parent: SiteParent, wait_until: Wait) -> None:
    request = parent.fork_of("said", ["said", "stay"]).request
    with connect(parent.fork_of("said", ["said"]).path) as connection:
        out, theirs = os.pipe()
        request.send(connection, theirs)
        os.close(theirs)
        pid = int(connection.recv(100))
        assert os.read(out, 10)
        os.close(out)
    wait_until(lambda: not psutil.pid_exists(pid))
    assert run(parent).wait(10) == 0


def test_only_commands_that_run_a_module_are_forked() -> None:
    env = {"PATH": os.environ["PATH"], "PORT": "81"}
    command = 'exec python -m daphne -v 0 -b "${HOST:-0.0.0.0}" -p "$PORT" playground.asgi:a'
    words = ["daphne", "-v", "0", "-b", "0.0.0.0", "-p", "81", "playground.asgi:a"]
    assert only_runs_a_module(command)
    assert module_words(command, env) == words
    for other in (
        "exec python server.py",
        "python -m daphne",
        "exec python -m daphne | tee log",
        "exec python -m daphne $(cat options)",
        "exec python -m daphne; sleep 1",
    ):
        assert not only_runs_a_module(other)


def test_the_real_parent_opens_no_connection_and_starts_no_thread() -> None:
    # The null device, for input, and the pipe of the output.
    code = """
import os, sys
from playground.preload import preload
preload()
from playground.embedded.forked.server import require_one_thread
require_one_thread()
kinds = {os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in range(3, 100)
         if os.path.exists(f"/proc/self/fd/{n}")}
print(sorted(kinds), "daphne.server" in sys.modules, "twisted.internet.reactor" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[] False False\n"
