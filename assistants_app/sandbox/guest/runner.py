"""The main loop of a session: receives requests from the host and sends events."""

import os
import random
import signal
import socket
import sys
import threading
from types import FrameType
from typing import Any

from assistants_app.sandbox.guest.files import Files
from assistants_app.sandbox.guest.frames import Buffer, ChannelClosed, encode, receive
from assistants_app.sandbox.guest.jail import WORK
from assistants_app.sandbox.guest.logs import Logs, Stream
from assistants_app.sandbox.guest.shell import Shell


class Runner:
    """Serves the requests of one channel with one interpreter."""

    def __init__(self, channel: socket.socket, shell: Shell) -> None:
        self._channel = channel
        self._shell = shell
        self._files = Files()
        self._sending = threading.Lock()
        self._running = self._main_thread_sends = self._interrupt_waits = False

    def serve(self) -> None:
        """Answer requests until the host closes the channel."""
        os.chdir(WORK)
        # All sessions are forks of one process and would draw the same numbers.
        self._shell.begin_session()
        random.seed()
        self._logs = Logs(lambda text: self._send_event("logs", text))
        sys.stdout, sys.stderr = Stream(self._logs, 1), Stream(self._logs, 2)
        self._shell.emit = self._show
        signal.signal(signal.SIGINT, self._on_interrupt)
        self._send({"event": "ready"})
        buffer = Buffer()
        while True:
            try:
                request, blob = receive(self._channel, buffer)
                self._answer(request, blob)
            except (ChannelClosed, ConnectionError):
                return

    def _answer(self, request: dict[str, Any], blob: bytes) -> None:
        try:
            answer, data = self._dispatch(request, blob)
        except (OSError, ValueError) as error:
            answer, data = {"refused": f"{type(error).__name__}: {error}"[:500]}, b""
        self._send({"event": "done", "id": request["id"], **answer}, data)

    def _dispatch(self, request: dict[str, Any], blob: bytes) -> tuple[dict[str, Any], bytes]:
        match request["op"]:
            case "execute":
                return {"ok": self._execute(request)}, b""
            case "changed":
                return {"files": self._files.changed(request["count"], request["bytes"])}, b""
            case "list":
                return {"files": self._files.all(request["count"], request["bytes"])}, b""
            case "read":
                return {}, self._files.read(request["name"], request["offset"], request["count"])
            case "write":
                self._files.write(request["name"], blob, first=request["first"])
            case "status":
                return {"files": [self._files.status(request["name"])]}, b""
            case "remove":
                self._files.remove(request["name"])
        return {}, b""

    def _execute(self, request: dict[str, Any]) -> bool:
        self._shell.image_bytes = request["image_bytes"]
        self._logs.begin(request["log_bytes"])
        ok = False
        try:
            self._running = True
            ok = self._shell.run(request["code"])
        except KeyboardInterrupt:
            self._show("error", "KeyboardInterrupt", b"")
        finally:
            self._running = self._interrupt_waits = False
        self._logs.end()
        return ok

    def _show(self, kind: str, text: str, data: bytes) -> None:
        # Text that was printed before the value must also arrive before it.
        self._logs.send_now()
        self._send_event(kind, text, data)

    def _send_event(self, kind: str, text: str, data: bytes = b"") -> None:
        self._send({"event": kind, "text": text}, data)

    def _send(self, message: dict[str, Any], data: bytes = b"") -> None:
        # An interrupt in the middle of a frame would break the channel, so it waits until the frame
        # is sent. Only the main thread is interrupted.
        main = threading.current_thread() is threading.main_thread()
        self._main_thread_sends = main or self._main_thread_sends
        try:
            with self._sending:
                self._channel.sendall(encode(message, data))
        finally:
            if main:
                self._main_thread_sends = False
        if main and self._interrupt_waits:
            self._interrupt_waits = False
            raise KeyboardInterrupt

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._main_thread_sends:
            self._interrupt_waits = self._running
        elif self._running:
            raise KeyboardInterrupt
