"""Attempts to break out of a session. Each is refused, but a list proves nothing."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistants_app.sandbox import environment
from assistants_app.sandbox.guest.frames import MAX_BLOB, encode
from assistants_app.sandbox.local import LocalSandbox
from tests.sandbox.attempts import ATTEMPTS, CALLS, CLONE, HARNESS, PRETENDED_ABSENT, REFUSALS
from tests.sandbox.interpreter import Interpreter

SECRET = "the-secret-of-the-host-4711"


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Things on the host that a session must not reach: ports, sockets, a file, a process."""
    folder = tmp_path_factory.mktemp("victim")
    secret = folder / "secret.txt"
    secret.write_text(SECRET)
    port, abstract, by_path = socket.socket(), socket.socket(socket.AF_UNIX), str(folder / "s")
    port.bind(("127.0.0.1", 0))
    abstract.bind(f"\0victim-{os.getpid()}")
    named = socket.socket(socket.AF_UNIX)
    named.bind(by_path)
    for listener in (port, abstract, named):
        listener.listen()
    process = subprocess.Popen(["sleep", "600"])
    number = port.getsockname()[1]
    os.environ["SANDBOX_TEST_SECRET"] = SECRET
    yield {
        "port": number,
        "address": f"127.0.0.1:{number}",
        "abstract": f"victim-{os.getpid()}",
        "socket_path": by_path,
        "secret_path": str(secret),
        "secret": SECRET,
        "source": environment.__file__,
        "pid": process.pid,
        "own_pid": os.getpid(),
        "other_file": "only-of-the-other.txt",
        "clone": CLONE,
    }
    del os.environ["SANDBOX_TEST_SECRET"]
    process.kill()
    process.wait()
    for listener in (port, abstract, named):
        listener.close()


@pytest.fixture(scope="module")
def prisoner(sandbox: LocalSandbox, victim: dict[str, object]) -> Iterator[Interpreter]:
    """A session that makes the attempts, next to another one with a secret file."""
    other, prisoner = Interpreter(sandbox), Interpreter(sandbox)
    other.say("open('/mnt/data/only-of-the-other.txt', 'w').write('mine');")
    prisoner.say(HARNESS)
    yield prisoner
    sandbox.close(prisoner.session_id)
    sandbox.close(other.session_id)


def _try(prisoner: Interpreter, body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return prisoner.say(f"def attempt():\n{lines}\nprint(tried(attempt))").strip()


def test_the_harness_notices_an_attempt_that_succeeds(prisoner: Interpreter) -> None:
    assert _try(prisoner, "return bool(open('/mnt/data/mine', 'w'))") == "OUT"
    assert _try(prisoner, "return bool(os.listdir('/usr/bin'))") == "OUT"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_way_out_is_refused(prisoner: Interpreter, victim: dict[str, object], name: str) -> None:
    assert _try(prisoner, ATTEMPTS[name].format(**victim)).startswith("refused")


@pytest.mark.parametrize("name", CALLS)
def test_a_dangerous_system_call_is_refused(prisoner: Interpreter, name: str) -> None:
    answer = _try(prisoner, f"return syscall({CALLS[name]}, 0, 0, 0, 0, 0)")
    assert answer.removeprefix("refused ") in REFUSALS


@pytest.mark.parametrize("name", PRETENDED_ABSENT)
def test_calls_that_the_filter_cannot_inspect_do_not_exist(
    prisoner: Interpreter, name: str
) -> None:
    answer = _try(prisoner, f"return syscall({PRETENDED_ABSENT[name]}, 0, 0, 0, 0, 0)")
    assert answer == "refused ENOSYS"


def test_a_session_runs_as_a_user_of_its_own(begin: Callable[..., Interpreter]) -> None:
    read = "print(open('/proc/self/uid_map').read().split()[1])"
    users = [int(begin().say(read)) for _ in range(2)]
    assert 0 not in users
    # Without root all sessions run as the app's own user.
    if os.geteuid() == 0:
        assert users[0] != users[1]


def test_links_pipes_and_devices_are_not_reported_as_files(
    python: Interpreter, victim: dict[str, object]
) -> None:
    execution = python.run(
        "import os, socket\n"
        f"os.symlink({victim['secret_path']!r}, 'link.txt')\n"
        "os.symlink('/proc/self/environ', 'environ.txt'); os.symlink('/usr/bin', 'folder')\n"
        "os.mkfifo('fifo'); socket.socket(socket.AF_UNIX).bind('socket')\n"
        "open('new\\nline', 'w'); open('plain.txt', 'w').write('x'); os.link('plain.txt', 'hard')\n"
    )
    assert execution.ended == "ok", execution
    assert [file.name for file in execution.changed_files] == ["hard", "plain.txt"]


@pytest.mark.parametrize("name", ["link.txt", "fifo", "folder/env"])
def test_only_regular_files_are_read(python: Interpreter, name: str) -> None:
    python.say("import os; os.symlink('/etc/ld.so.cache', 'link.txt'); os.mkfifo('fifo')")
    python.say("os.symlink('/nowhere', 'folder')")
    refused = pytest.raises(Exception, match="(?i)no such|symbolic|not found|fifo|refused")
    with refused:
        list(python.sandbox.read_file(python.session_id, name))


FORGE = "import os, threading; os.write(3, bytes.fromhex('{}'));"


def test_forged_answers_have_no_effect(python: Interpreter) -> None:
    files = [{"name": name, "size": 1, "digest": ""} for name in ("../../etc/x", "/etc/x", "a\0b")]
    files += [{"name": "ok", "size": -1, "digest": ""}, {"name": 1}, "no object"]  # type: ignore[list-item]
    python.say("1")
    for number in range(30):
        forged = encode({"event": "done", "id": number, "files": files, "ok": True})
        assert python.run(FORGE.format(forged.hex())).changed_files == []
    fresh = Interpreter(python.sandbox)
    assert fresh.say("2") == "2"
    python.sandbox.close(fresh.session_id)


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff" * 64,
        (10).to_bytes(4, "little") + (MAX_BLOB + 1).to_bytes(4, "little") + b"{}",
        (2).to_bytes(4, "little") + bytes(4) + b"[]",
        (5).to_bytes(4, "little") + bytes(4) + b"{nope",
        (40_000).to_bytes(4, "little") + bytes(4) + b"[" * 40_000,
    ],
)
def test_a_malformed_frame_ends_the_session(python: Interpreter, frame: bytes) -> None:
    execution = python.run(FORGE.format(frame.hex()))
    assert execution.ended == "killed"
    assert "frame" in (execution.reason or "")
    assert python.run("1").new_session


def test_forged_images_are_dropped(python: Interpreter) -> None:
    forged = encode({"event": "image", "text": ""}, b"<script>alert(1)</script>")
    assert python.run(FORGE.format(forged.hex())).outputs == []


def test_the_attempts_had_something_to_reach(
    prisoner: Interpreter, victim: dict[str, object]
) -> None:
    # If the port were closed or the file unreadable, the attempts above would prove nothing.
    heard = threading.Event()
    with socket.create_connection(("127.0.0.1", int(str(victim["port"]))), 2):
        heard.set()
    assert heard.is_set()
    assert Path(str(victim["secret_path"])).read_text() == SECRET
