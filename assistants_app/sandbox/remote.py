"""The same sandbox on other machines: each session is pinned to one of the interpreter hosts."""

import contextlib
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import NoReturn

from assistants_app.sandbox import wire
from assistants_app.sandbox.guest.frames import ChannelClosed, Message
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import (
    Execution,
    FileInfo,
    FileRefused,
    InputFile,
    Output,
    SandboxUnavailable,
    SessionLost,
    StopSignal,
    merged,
)

_CONNECT_SECONDS = 5.0
_AVOID_SECONDS = 10.0
_RETRY_SECONDS = 0.2
_MAX_PINS = 10_000
_Gone = (ChannelClosed, OSError)


class _NoHost(SandboxUnavailable):
    """None of the hosts answers now."""


class RemoteSandbox:
    """A `Sandbox` over interpreter hosts (`unix:PATH` or `HOST:PORT`) that share a secret.

    `patience`: seconds that code waits for a host while there is none, such as one that restarts.
    """

    def __init__(self, hosts: Sequence[str], secret: str, *, patience: float = 0.0) -> None:
        self._patience = patience
        self._hosts = list(hosts)
        self._secret = secret.encode()
        self._lock = threading.Lock()
        self._avoid: dict[str, float] = {}
        self._pins: OrderedDict[str, str] = OrderedDict()

    def execute(
        self,
        session_id: str,
        code: str,
        *,
        files: Sequence[InputFile],
        limits: Limits,
        on_event: Callable[[Output], None] | None,
        stop: StopSignal,
    ) -> Execution:
        """See `Sandbox`. A host that is lost meanwhile makes it a killed execution."""
        began = time.monotonic()
        connection, host = self._wait_for_host(session_id, stop)
        by_name = {file.name: file for file in files}
        rows = [{"name": file.name, "size": file.size, "digest": file.digest} for file in files]
        outputs: list[Output] = []
        try:
            with contextlib.closing(connection):
                request = {"op": "execute", "code": code, "files": rows, "limits": asdict(limits)}
                connection.send({**request, "session": session_id})
                hear = _Hearing(connection, by_name, outputs, on_event, stop)
                return wire.execution_of(hear.until_done(), outputs=merged(outputs))
        except _Gone:
            self._lose(session_id, host)
            return Execution(
                outputs=merged(outputs),
                new_session=False,
                ended="killed",
                reason="The interpreter host was lost, and the session with it.",
                duration_seconds=time.monotonic() - began,
            )

    def list_files(self, session_id: str) -> list[FileInfo]:
        """See `Sandbox`."""
        return _files(self._ask(session_id, {"op": "list"}))

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        """See `Sandbox`."""
        with self._talk(session_id) as connection:
            connection.send({"op": "read", "session": session_id, "name": name})
            while True:
                message, blob = connection.receive()
                if not message.get("chunk"):
                    _raise_unless_done(message)
                    return
                yield blob

    def write_file(
        self, session_id: str, name: str, chunks: Iterable[bytes], size: int
    ) -> FileInfo:
        """See `Sandbox`."""
        with self._talk(session_id) as connection:
            request = {"op": "write", "session": session_id, "name": name, "size": size}
            connection.send(request)
            # A host that refuses hangs up; what it said is still there to read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send_chunks(chunks)
            message, _ = connection.receive()
            _raise_unless_done(message)
            return _files(message)[0]

    def close(self, session_id: str) -> None:
        """See `Sandbox`."""
        with contextlib.suppress(SessionLost, SandboxUnavailable):
            self._ask(session_id, {"op": "close"})
        with self._lock:
            self._pins.pop(session_id, None)

    def is_open(self, session_id: str) -> bool:
        """See `Sandbox`."""
        with contextlib.suppress(SessionLost, SandboxUnavailable):
            return self._ask(session_id, {"op": "is_open"}).get("open") is True
        return False

    def _ask(self, session_id: str, request: Message) -> Message:
        with self._talk(session_id) as connection:
            connection.send({**request, "session": session_id})
            message, _ = connection.receive()
            _raise_unless_done(message)
            return message

    @contextlib.contextmanager
    def _talk(self, session_id: str) -> Iterator[wire.Connection]:
        connection, host = self._connect(session_id)
        try:
            with contextlib.closing(connection):
                yield connection
        except _Gone as error:
            self._lose(session_id, host)
            raise SessionLost("The interpreter host was lost, and the session with it.") from error

    def _wait_for_host(self, session_id: str, stop: StopSignal) -> tuple[wire.Connection, str]:
        give_up = time.monotonic() + self._patience
        while True:
            try:
                return self._connect(session_id)
            except _NoHost:
                if stop.is_set() or time.monotonic() > give_up:
                    raise
                time.sleep(_RETRY_SECONDS)

    def _connect(self, session_id: str) -> tuple[wire.Connection, str]:
        """The session's host, or the next one when it is away. Raises SandboxUnavailable."""
        for host in self._order(session_id):
            try:
                connection = wire.Connection(wire.connect(host, _CONNECT_SECONDS))
                if not wire.prove_as_client(connection, self._secret):
                    connection.close()
                    raise SandboxUnavailable(
                        f"The interpreter host {host} has another secret: give both the same one."
                    )
            except _Gone:
                self._lose(session_id, host)
                continue
            self._pin(session_id, host)
            return connection, host
        raise _NoHost(
            f"No interpreter host can be reached ({', '.join(self._hosts)}): "
            "start one, or check that its secret is the same."
        )

    def _order(self, session_id: str) -> list[str]:
        """By rendezvous hashing: a host that comes or goes moves only its own sessions."""
        now = time.monotonic()
        with self._lock:
            pinned = self._pins.get(session_id)
            avoid = {host for host, until in self._avoid.items() if until > now}

        def rank(host: str) -> tuple[bool, bool, bytes]:
            weight = hashlib.sha256(f"{host} {session_id}".encode()).digest()
            return host != pinned, host in avoid, weight

        return sorted(self._hosts, key=rank)

    def _pin(self, session_id: str, host: str) -> None:
        with self._lock:
            self._avoid.pop(host, None)
            self._pins[session_id] = host
            self._pins.move_to_end(session_id)
            if len(self._pins) > _MAX_PINS:
                self._pins.popitem(last=False)

    def _lose(self, session_id: str, host: str) -> None:
        with self._lock:
            self._avoid[host] = time.monotonic() + _AVOID_SECONDS
            self._pins.pop(session_id, None)


class _Hearing:
    """What a host says while it executes, and what it is told meanwhile."""

    def __init__(
        self,
        connection: wire.Connection,
        files: dict[str, InputFile],
        outputs: list[Output],
        on_event: Callable[[Output], None] | None,
        stop: StopSignal,
    ) -> None:
        self._connection = connection
        self._files = files
        self._outputs = outputs
        self._on_event = on_event
        self._stop = stop
        self._stopped = False

    def until_done(self) -> Message:
        """The execution's message. Raises what the host says of the sandbox or of a file."""
        while True:
            self._pass_on_stop()
            if not self._connection.ready(0.05):
                continue
            message, blob = self._connection.receive()
            match message.get("event"):
                case "output":
                    self._hear(message, blob)
                case "need":
                    file = self._files[str(message["name"])]
                    self._connection.send_chunks(_chunks(file))
                case "alive":
                    pass
                case _:
                    _raise_unless_done(message)
                    execution = message.get("execution")
                    return execution if isinstance(execution, dict) else {}

    def _pass_on_stop(self) -> None:
        if not self._stopped and self._stop.is_set():
            self._stopped = True
            self._connection.send({"op": "stop"})

    def _hear(self, message: Message, blob: bytes) -> None:
        output = Output(message["kind"], str(message.get("text", "")), blob)
        self._outputs.append(output)
        if self._on_event is not None:
            self._on_event(output)


def _chunks(file: InputFile) -> Iterator[bytes]:
    """An error of the storage must not look like one of the connection."""
    try:
        yield from file.open()
    except OSError as error:
        raise FileRefused(f"{file.name} could not be read: {error}") from error


def _files(message: Message) -> list[FileInfo]:
    return [FileInfo(**row) for row in message.get("files", [])]


def _raise_unless_done(message: Message) -> None:
    event, reason = message.get("event"), str(message.get("reason", ""))
    if event != "done":
        _raise(event, reason)


def _raise(event: object, reason: str) -> NoReturn:
    match event:
        case "unavailable":
            raise SandboxUnavailable(reason)
        case "refused":
            raise FileRefused(reason)
        case "lost":
            raise SessionLost(reason)
        case _:
            raise ChannelClosed("an answer of another version")
