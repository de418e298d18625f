"""An interpreter host: a local sandbox for apps on other machines.

Start it with `python -m assistants_app.sandbox.server --listen unix:PATH|HOST:PORT`. The shared
secret is in the variable SANDBOX_SECRET, or in the file that SANDBOX_SECRET_FILE names.
"""

import argparse
import contextlib
import logging
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from assistants_app.sandbox import wire
from assistants_app.sandbox.guest.frames import ChannelClosed, Message
from assistants_app.sandbox.limits import Limits, SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.protocol import (
    FileInfo,
    FileRefused,
    InputFile,
    Output,
    Sandbox,
    SandboxUnavailable,
    SessionLost,
)

_log = logging.getLogger(__name__)
_MIN_SECRET = 16
_MAX_CONNECTIONS = 512


class Host(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """A server that gives access to `sandbox` to clients that prove the secret."""

    # Threads that still run code must not hold up the end of the process.
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: str, secret: str, sandbox: Sandbox) -> None:
        super().__init__(address, _Handler)
        self.secret = secret.encode()
        self.sandbox = sandbox
        self.places = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        self.socket = _listen(address)

    @property
    def address(self) -> str:
        """The address, with the port that the system chose if the given one was 0."""
        name = self.socket.getsockname()
        return f"unix:{name}" if isinstance(name, str) else f"{name[0]}:{name[1]}"

    def fileno(self) -> int:
        """Return the descriptor of the listening socket."""
        return self.socket.fileno()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection."""
        return self.socket.accept()

    def server_close(self) -> None:
        """Close the listening socket."""
        self.socket.close()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        request.close()


class _Handler(socketserver.BaseRequestHandler):
    server: Host

    def handle(self) -> None:
        connection = wire.Connection(self.request)
        # Each connection has a thread, so their number is bounded before the secret is proved.
        if not self.server.places.acquire(blocking=False):
            return
        try:
            if wire.prove_as_host(connection, self.server.secret):
                request, _ = connection.receive()
                _answer(self.server.sandbox, connection, request)
            else:
                _log.warning("A client didn't know the secret")
        except (ChannelClosed, OSError) as error:
            _log.info("A client disconnected: %s", error)
        finally:
            self.server.places.release()


def _answer(sandbox: Sandbox, connection: wire.Connection, request: Message) -> None:
    try:
        _dispatch(sandbox, connection, request)
    except SandboxUnavailable as error:
        connection.send({"event": "unavailable", "reason": str(error)})
    except SessionLost as error:
        connection.send({"event": "lost", "reason": str(error)})
    except FileRefused as error:
        connection.send({"event": "refused", "reason": str(error)})
    except (KeyError, TypeError, ValueError) as error:
        reason = f"The interpreter host doesn't understand this request: {error}"
        connection.send({"event": "unavailable", "reason": reason})


def _dispatch(sandbox: Sandbox, connection: wire.Connection, request: Message) -> None:
    session_id = str(request["session"])
    match request["op"]:
        case "execute":
            _execute(sandbox, connection, session_id, request)
        case "list":
            _send_done(connection, files=_file_rows(sandbox.list_files(session_id)))
        case "read":
            for chunk in sandbox.read_file(session_id, str(request["name"])):
                connection.send({"chunk": True}, chunk)
            _send_done(connection)
        case "write":
            chunks = connection.receive_chunks()
            size = int(request["size"])
            info = sandbox.write_file(session_id, str(request["name"]), chunks, size)
            _send_done(connection, files=_file_rows([info]))
        case "close":
            sandbox.close(session_id)
            _send_done(connection)
        case "is_open":
            _send_done(connection, open=sandbox.is_open(session_id))
        case unknown:
            raise ValueError(f"unknown operation {unknown}")


def _execute(
    sandbox: Sandbox, connection: wire.Connection, session_id: str, request: Message
) -> None:
    def fetch(name: str) -> Iterable[bytes]:
        connection.send({"event": "need", "name": name})
        return connection.receive_chunks()

    def send_output(output: Output) -> None:
        connection.send({"event": "output", "kind": output.kind, "text": output.text}, output.data)

    stop = _ClientStop(connection)
    execution = sandbox.execute(
        session_id,
        str(request["code"]),
        files=[_input_file(row, fetch) for row in request["files"]],
        limits=Limits(**request["limits"]),
        on_event=lambda output: stop.unless_disconnected(lambda: send_output(output)),
        stop=stop,
    )
    _send_done(connection, execution=wire.execution_message(execution))


def _input_file(row: Message, fetch: Any) -> InputFile:
    name = str(row["name"])
    return InputFile(name, int(row["size"]), str(row["digest"]), lambda: fetch(name))


class _ClientStop:
    """A stop signal that is set when the client stops the call or disconnects."""

    def __init__(self, connection: wire.Connection) -> None:
        self._connection = connection
        self._set = False
        self._last_sign_of_life = time.monotonic()

    def is_set(self) -> bool:
        if not self._set:
            self.unless_disconnected(self._check_client)
        return self._set

    def unless_disconnected(self, action: Any) -> None:
        """Run `action` on the connection, or stop the code if the client is gone."""
        if self._set:
            return
        try:
            action()
        except (ChannelClosed, OSError):
            self._set = True

    def _check_client(self) -> None:
        # While code runs, the client sends nothing but a stop.
        if self._connection.waiting() is not None:
            self._set = True
        # The sandbox asks `is_set` all the time, so this is also the place to show the client that
        # the host still works.
        elif time.monotonic() - self._last_sign_of_life > wire.ALIVE_SECONDS:
            self._last_sign_of_life = time.monotonic()
            self._connection.send({"event": "alive"})


def _send_done(connection: wire.Connection, **answer: Any) -> None:
    connection.send({"event": "done", **answer})


def _file_rows(files: list[FileInfo]) -> list[Message]:
    return [{"name": file.name, "size": file.size, "digest": file.digest} for file in files]


def _listen(address: str) -> socket.socket:
    if address.startswith("unix:"):
        path = Path(address.removeprefix("unix:"))
        # Left by a host that was killed.
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        # Only this user may connect. A chmod after `bind` would leave a moment for others.
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(128)
        return listener
    return socket.create_server(wire.host_and_port(address), backlog=128)


def _secret() -> str:
    path = os.environ.get("SANDBOX_SECRET_FILE")
    secret = Path(path).read_text().strip() if path else os.environ.get("SANDBOX_SECRET", "")
    if len(secret) < _MIN_SECRET:
        sys.exit(f"SANDBOX_SECRET must have at least {_MIN_SECRET} characters.")
    return secret


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="assistants_app.sandbox.server", description=__doc__)
    parser.add_argument("--listen", required=True, help="unix:PATH or HOST:PORT")
    parser.add_argument("--environment", type=Path, default=Path(".sandbox"))
    parser.add_argument(
        "--memory-bytes",
        type=int,
        default=SandboxConfig.memory_bytes,
        help="memory of all sessions together; 0 is half of the machine's",
    )
    parser.add_argument("--max-sessions", type=int, default=SandboxConfig.max_sessions)
    parser.add_argument("--idle-seconds", type=float, default=SandboxConfig.idle_seconds)
    parser.add_argument(
        "--zygote-idle-seconds", type=float, default=SandboxConfig.zygote_idle_seconds
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    sandbox = LocalSandbox(
        SandboxConfig(
            environment=options.environment.absolute(),
            memory_bytes=options.memory_bytes,
            max_sessions=options.max_sessions,
            idle_seconds=options.idle_seconds,
            zygote_idle_seconds=options.zygote_idle_seconds,
        )
    )
    host = Host(options.listen, _secret(), sandbox)

    def stop(_number: int, _frame: FrameType | None) -> None:
        # `shutdown` waits for the loop that this handler interrupts.
        threading.Thread(target=host.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with _refusal_logged():
            sandbox.warm_up()
        sys.stdout.write(f"Listening at {host.address}\n")
        sys.stdout.flush()
        host.serve_forever(poll_interval=0.2)
    finally:
        with contextlib.suppress(OSError):
            host.server_close()
        sandbox.shut_down()


@contextlib.contextmanager
def _refusal_logged() -> Iterator[None]:
    # A host that cannot run code keeps serving, so that its clients learn the reason.
    try:
        yield
    except SandboxUnavailable as error:
        _log.error("This host can't run code: %s", error)


if __name__ == "__main__":
    main()
