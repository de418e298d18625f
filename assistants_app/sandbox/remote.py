"""A sandbox on other machines: each session is pinned to one of the interpreter hosts."""

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
# A host that was lost is tried last for this long, so that not every call waits for it to time out.
_AVOID_SECONDS = 10.0
_RETRY_SECONDS = 0.2
# Bounds the memory of a process that lives long. A session whose pin is dropped is found again by
# its hash, unless it was moved while its first host was lost.
_MAX_PINS = 10_000
_Gone = (ChannelClosed, OSError)


class _NoHost(SandboxUnavailable):
    """No host answers at the moment."""


class RemoteSandbox:
    """A `Sandbox` on interpreter hosts (`unix:PATH` or `HOST:PORT`) that share a secret.

    `patience` is how many seconds `execute` waits if no host answers, for example during a restart.
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
        """See `Sandbox`. If the host is lost during the call, the execution is `killed`."""
        began = time.monotonic()
        connection, host = self._wait_for_host(session_id, stop)
        by_name = {file.name: file for file in files}
        rows = [{"name": file.name, "size": file.size, "digest": file.digest} for file in files]
        outputs: list[Output] = []
        try:
            with contextlib.closing(connection):
                request = {"op": "execute", "code": code, "files": rows, "limits": asdict(limits)}
                connection.send({**request, "session": session_id})
                listener = _Listener(connection, by_name, outputs, on_event, stop)
                return wire.execution_of(listener.until_done(), outputs=merged(outputs))
        except _Gone:
            self._mark_lost(session_id, host)
            return Execution(
                outputs=merged(outputs),
                new_session=False,
                ended="killed",
                reason="The interpreter host was lost, and the session with it.",
                duration_seconds=time.monotonic() - began,
            )

    def list_files(self, session_id: str) -> list[FileInfo]:
        """See `Sandbox`."""
        return _files_in(self._request(session_id, {"op": "list"}))

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        """See `Sandbox`."""
        with self._connection_to(session_id) as connection:
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
        with self._connection_to(session_id) as connection:
            request = {"op": "write", "session": session_id, "name": name, "size": size}
            connection.send(request)
            # A host that refuses the file closes the connection, but its reason can still be read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send_chunks(chunks)
            message, _ = connection.receive()
            _raise_unless_done(message)
            return _files_in(message)[0]

    def close(self, session_id: str) -> None:
        """See `Sandbox`."""
        with contextlib.suppress(SessionLost, SandboxUnavailable):
            self._request(session_id, {"op": "close"})
        with self._lock:
            self._pins.pop(session_id, None)

    def is_open(self, session_id: str) -> bool:
        """See `Sandbox`."""
        with contextlib.suppress(SessionLost, SandboxUnavailable):
            return self._request(session_id, {"op": "is_open"}).get("open") is True
        return False

    def is_answered(self) -> bool:
        """Return whether any of the hosts answers."""
        try:
            self._request("", {"op": "is_open"})
        except (SessionLost, SandboxUnavailable):
            return False
        return True

    def _request(self, session_id: str, request: Message) -> Message:
        with self._connection_to(session_id) as connection:
            connection.send({**request, "session": session_id})
            message, _ = connection.receive()
            _raise_unless_done(message)
            return message

    @contextlib.contextmanager
    def _connection_to(self, session_id: str) -> Iterator[wire.Connection]:
        connection, host = self._connect(session_id)
        try:
            with contextlib.closing(connection):
                yield connection
        except _Gone as error:
            self._mark_lost(session_id, host)
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
        # Returns a connection to the session's host, or to the next one if that does not answer.
        for host in self._ranked_hosts(session_id):
            try:
                connection = wire.Connection(wire.connect(host, _CONNECT_SECONDS))
                if not wire.prove_as_client(connection, self._secret):
                    connection.close()
                    raise SandboxUnavailable(
                        f"The interpreter host {host} has a different secret. "
                        "Set the same SANDBOX_SECRET on both sides."
                    )
            except _Gone:
                self._mark_lost(session_id, host)
                continue
            self._pin_session(session_id, host)
            return connection, host
        raise _NoHost(
            f"Couldn't reach any interpreter host ({', '.join(self._hosts)}). "
            "Start one, or check that its secret is the same."
        )

    def _ranked_hosts(self, session_id: str) -> list[str]:
        # Rendezvous hashing: a host that is added or removed moves only its own sessions.
        now = time.monotonic()
        with self._lock:
            pinned = self._pins.get(session_id)
            avoid = {host for host, until in self._avoid.items() if until > now}

        def rank(host: str) -> tuple[bool, bool, bytes]:
            weight = hashlib.sha256(f"{host} {session_id}".encode()).digest()
            return host != pinned, host in avoid, weight

        return sorted(self._hosts, key=rank)

    def _pin_session(self, session_id: str, host: str) -> None:
        with self._lock:
            self._avoid.pop(host, None)
            self._pins[session_id] = host
            self._pins.move_to_end(session_id)
            if len(self._pins) > _MAX_PINS:
                self._pins.popitem(last=False)

    def _mark_lost(self, session_id: str, host: str) -> None:
        with self._lock:
            self._avoid[host] = time.monotonic() + _AVOID_SECONDS
            self._pins.pop(session_id, None)


class _Listener:
    """The conversation with a host while it executes a call."""

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
        """Handle the host's messages until it is done, and return its execution.

        Raises SandboxUnavailable, SessionLost or FileRefused if the host reports it.
        """
        while True:
            self._pass_on_stop()
            # Short enough that a stop is noticed while the code is silent.
            if not self._connection.ready(0.05):
                continue
            message, blob = self._connection.receive()
            match message.get("event"):
                case "output":
                    self._collect(message, blob)
                case "need":
                    file = self._files[str(message["name"])]
                    self._connection.send_chunks(_chunks_of(file))
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

    def _collect(self, message: Message, blob: bytes) -> None:
        output = Output(message["kind"], str(message.get("text", "")), blob)
        self._outputs.append(output)
        if self._on_event is not None:
            self._on_event(output)


def _chunks_of(file: InputFile) -> Iterator[bytes]:
    # Without this, an OSError of the storage would look as if the host had been lost.
    try:
        yield from file.open()
    except OSError as error:
        raise FileRefused(f"Couldn't read {file.name}: {error}") from error


def _files_in(message: Message) -> list[FileInfo]:
    return [FileInfo(**row) for row in message.get("files", [])]


def _raise_unless_done(message: Message) -> None:
    event, reason = message.get("event"), str(message.get("reason", ""))
    if event != "done":
        _raise_as(event, reason)


def _raise_as(event: object, reason: str) -> NoReturn:
    match event:
        case "unavailable":
            raise SandboxUnavailable(reason)
        case "refused":
            raise FileRefused(reason)
        case "lost":
            raise SessionLost(reason)
        case _:
            raise ChannelClosed("an answer in an unknown form")
