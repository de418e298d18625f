"""Interpreter hosts: the same sandbox over a socket, and what happens if a host is lost."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistants_app.sandbox import wire
from assistants_app.sandbox.guest.frames import ChannelClosed, encode
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.processes import usage
from assistants_app.sandbox.protocol import FileRefused, InputFile, SandboxUnavailable, SessionLost
from assistants_app.sandbox.remote import RemoteSandbox
from assistants_app.sandbox.server import Host
from tests.live import ROOT, wait_until
from tests.sandbox.conftest import ENVIRONMENT
from tests.sandbox.interpreter import Interpreter, file_of, text

SECRET = "a secret of the test's hosts"


@dataclass
class Serving:
    """A host that runs in this process."""

    host: Host
    thread: threading.Thread

    def stop(self) -> None:
        """Stop serving."""
        self.host.shutdown()
        self.host.server_close()
        self.thread.join()


@pytest.fixture
def serve(sandbox: LocalSandbox) -> Iterator[Callable[[str], Serving]]:
    """Start hosts that serve the shared local sandbox."""
    started: list[Serving] = []

    def serve(address: str) -> Serving:
        host = Host(address, SECRET, sandbox)
        thread = threading.Thread(target=host.serve_forever, args=(0.02,))
        thread.start()
        started.append(Serving(host, thread))
        return started[-1]

    yield serve
    for serving in started:
        if serving.thread.is_alive():
            serving.stop()


@pytest.fixture(params=["unix", "tcp"])
def python(
    request: pytest.FixtureRequest, serve: Callable[[str], Serving], tmp_path: Path
) -> Iterator[Interpreter]:
    """A session on a host, once for each kind of socket."""
    address = f"unix:{tmp_path / 'host'}" if request.param == "unix" else "127.0.0.1:0"
    interpreter = Interpreter(RemoteSandbox([serve(address).host.address], SECRET))
    yield interpreter
    interpreter.sandbox.close(interpreter.session_id)


def test_a_remote_session_is_like_a_local_one(python: Interpreter) -> None:
    data = file_of("data.csv", b"a,b\n1,2\n" * 300_000)
    first = python.run("print(len(open('data.csv').read()))\nx = 5\nx", files=[data])
    assert (first.ended, text(first), first.new_session) == ("ok", "2400000\n5", True)
    second = python.run("open('out.txt', 'w').write('hello'); x", files=[data])
    assert (text(second), second.new_session) == ("5", False)
    assert [(file.name, file.size) for file in second.changed_files] == [("out.txt", 5)]
    assert b"".join(python.sandbox.read_file(python.session_id, "out.txt")) == b"hello"
    info = python.sandbox.write_file(python.session_id, "in.txt", [b"ab", b"cd"], 4)
    assert (info.name, info.size) == ("in.txt", 4)
    assert python.say("open('in.txt').read()") == "'abcd'"
    names = [file.name for file in python.sandbox.list_files(python.session_id)]
    assert names == ["data.csv", "in.txt", "out.txt"]
    assert python.sandbox.is_open(python.session_id)
    python.sandbox.close(python.session_id)
    assert not python.sandbox.is_open(python.session_id)


def test_figures_tracebacks_and_limits_reach_the_app(python: Interpreter) -> None:
    python.limits = Limits(wall_seconds=0.5)
    drawn = python.run("1 / 0")
    assert "ZeroDivisionError" in (drawn.error or "")
    late = python.run("print('begun')\nwhile True: pass")
    assert (late.ended, late.reason) == ("interrupted", "The time limit of 0.5 s was reached.")
    assert [event.text for event in python.events] == ["begun\n"]
    python.limits = Limits()
    figure = python.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert [output.kind for output in figure.outputs] == ["image"]


def test_a_remote_call_is_cancelled(python: Interpreter) -> None:
    class AfterFirstLine:
        def is_set(self) -> bool:
            return bool(python.events)

    cancelled = python.run("x = 1\nprint(1)\nwhile True: pass", stop=AfterFirstLine())
    assert (cancelled.ended, cancelled.reason) == ("interrupted", "The call was cancelled.")
    assert python.say("x") == "1"


def test_the_reason_of_a_refusal_reaches_the_app(python: Interpreter) -> None:
    with pytest.raises(SessionLost, match="doesn't exist"):
        python.sandbox.list_files(python.session_id)
    python.say("1")
    with pytest.raises(FileRefused):
        list(python.sandbox.read_file(python.session_id, "none"))
    with pytest.raises(FileRefused, match="not a valid file name"):
        python.sandbox.write_file(python.session_id, "../x", [b"y"] * 100, 100)
    assert python.say("2") == "2"


def test_a_client_knows_whether_a_host_answers(
    serve: Callable[[str], Serving], tmp_path: Path
) -> None:
    serving, nowhere = serve("127.0.0.1:0"), f"unix:{tmp_path / 'nowhere'}"
    both = RemoteSandbox([nowhere, serving.host.address], SECRET)
    assert both.is_answered()
    assert not RemoteSandbox([nowhere], SECRET).is_answered()
    assert not RemoteSandbox([serving.host.address], "another secret").is_answered()
    serving.stop()
    assert not both.is_answered()


def test_a_client_without_the_secret_is_refused(serve: Callable[[str], Serving]) -> None:
    host = serve("127.0.0.1:0").host
    with pytest.raises(SandboxUnavailable, match="secret"):
        Interpreter(RemoteSandbox([host.address], "another secret")).run("1")


def test_a_host_without_the_secret_gets_no_code(tmp_path: Path) -> None:
    # Its proof is checked before anything is sent that it could keep.
    path = tmp_path / "impostor"
    heard: list[object] = []

    def impostor(listener: socket.socket) -> None:
        channel, _ = listener.accept()
        connection = wire.Connection(channel)
        connection.send({"nonce": "00"})
        heard.append(sorted(connection.receive()[0]))
        connection.send({"proof": "00"})
        with pytest.raises((ChannelClosed, OSError)):
            heard.append(connection.receive())
        channel.close()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=impostor, args=(listener,))
        thread.start()
        with pytest.raises(SandboxUnavailable, match="different secret"):
            Interpreter(RemoteSandbox([f"unix:{path}"], SECRET)).run("1")
        thread.join()
    assert heard == [["nonce", "proof"]]


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100, b"", encode({"a": 1})])
def test_noise_at_the_port_is_ignored(serve: Callable[[str], Serving], noise: bytes) -> None:
    host = serve("127.0.0.1:0").host
    with socket.create_connection(wire.host_and_port(host.address)) as channel:
        channel.sendall(noise)
    interpreter = Interpreter(RemoteSandbox([host.address], SECRET))
    assert interpreter.say("1") == "1"
    interpreter.sandbox.close(interpreter.session_id)


def test_a_stranger_is_soon_disconnected(serve: Callable[[str], Serving]) -> None:
    host = serve("127.0.0.1:0").host
    with socket.create_connection(wire.host_and_port(host.address)) as channel:
        channel.sendall((2000).to_bytes(4, "little") + bytes(4))
        channel.settimeout(5)
        while channel.recv(4096):
            pass  # the host's nonce, then the end


def test_a_storage_error_is_not_mistaken_for_a_lost_host(python: Interpreter) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is away")

    with pytest.raises(FileRefused, match=r"Couldn't read in.txt: the disk is away"):
        python.run("1", files=[InputFile("in.txt", 8, "d", broken)])
    assert python.say("2") == "2"


def test_only_the_sessions_of_a_lost_host_move(tmp_path: Path) -> None:
    hosts = [f"host-{number}:1" for number in range(4)]
    before = {
        f"thread_{n}": RemoteSandbox(hosts, SECRET)._ranked_hosts(f"thread_{n}") for n in range(200)
    }
    counts = [sum(order[0] == host for order in before.values()) for host in hosts]
    assert min(counts) > 25
    for session_id, order in before.items():
        rest = [host for host in hosts if host != hosts[0]]
        expected = [host for host in order if host != hosts[0]]
        assert RemoteSandbox(rest, SECRET)._ranked_hosts(session_id) == expected


def test_a_client_that_disconnects_stops_its_code(
    serve: Callable[[str], Serving], sandbox: LocalSandbox
) -> None:
    host = serve("127.0.0.1:0").host
    connection = wire.Connection(wire.connect(host.address, 5))
    assert wire.prove_as_client(connection, SECRET.encode())
    request = {"op": "execute", "code": "x = 1\nprint(1)\nwhile True: pass", "files": []}
    connection.send({**request, "limits": {}, "session": "left"})
    assert connection.receive()[0]["text"] == "1\n"
    connection.close()
    local = Interpreter(sandbox, session_id="left")
    assert local.say("x") == "1"
    sandbox.close("left")


def _spawn(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "assistants_app.sandbox.server", "--listen", f"unix:{path}"]
    process = subprocess.Popen(
        [*command, "--environment", str(ENVIRONMENT)],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"Listening at unix:{path}\n"
    return process


def test_a_killed_host_loses_the_session_but_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / "host"
    process = _spawn(path)
    remote = RemoteSandbox([f"unix:{path}"], SECRET)
    interpreter = Interpreter(remote)
    assert interpreter.say("import os, time; 1") == "1"

    processes_of_host = usage(process.pid).processes

    class KillsHost(list):  # type: ignore[type-arg]
        def append(self, output: object) -> None:
            process.kill()

    interpreter.events = KillsHost()
    lost = interpreter.run("print('here')\ntime.sleep(60)")
    process.wait()
    assert (lost.ended, lost.reason) == (
        "killed",
        "The interpreter host was lost, and the session with it.",
    )
    assert text(lost) == "here\n"
    # No process that it started outlives it.
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in processes_of_host))
    assert not remote.is_open(interpreter.session_id)
    interpreter.events = []
    with pytest.raises(SandboxUnavailable, match="Couldn't reach any interpreter host"):
        interpreter.run("1")
    again = _spawn(path)
    try:
        assert interpreter.run("1").new_session
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(20) == 0


def test_another_host_takes_over(serve: Callable[[str], Serving]) -> None:
    servings = {
        serving.host.address: serving for serving in (serve("127.0.0.1:0"), serve("127.0.0.1:0"))
    }
    remote = RemoteSandbox(list(servings), SECRET)
    interpreter = Interpreter(remote)
    interpreter.say("1")
    servings[remote._ranked_hosts(interpreter.session_id)[0]].stop()
    assert interpreter.say("2") == "2"
    remote.close(interpreter.session_id)


def test_a_host_without_a_proper_secret_does_not_start() -> None:
    command = [sys.executable, "-m", "assistants_app.sandbox.server", "--listen", "unix:never"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "SANDBOX_SECRET": "short"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "SANDBOX_SECRET must have at least 16 characters" in done.stderr
    wait_until(lambda: not (ROOT / "never").exists())
