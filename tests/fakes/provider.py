"""A scripted OpenAI-compatible server on loopback that records its requests.

In tests: ``with ScriptedProvider() as provider: provider.enqueue(Reply(text="Hi"))``. For other
processes: ``python -m tests.fakes.provider [--port 0]``, which prints its base URL, and
``POST /control/enqueue``, ``default``, ``first_of_tools``, ``release``, ``reset`` and
``GET /control/history``.
"""

import argparse
import asyncio
import contextlib
import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.fakes.replies import Reply, chunks_of, embeddings_of, whole_of

# Seconds. Only in longer pauses does the server watch for a client that leaves.
LONG_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a client sent it."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class ScriptedProvider:
    """Answers with the replies in its queue, or with `default` if it is empty.

    With `first_of_tools`, that is the default for requests with tools that none has answered yet.
    `answer` goes before both, unless it returns None for the request's body.
    """

    default: Reply = field(default_factory=lambda: Reply(text="Hello there, how can I help?"))
    first_of_tools: Reply | None = None
    answer: Callable[[dict[str, Any]], Reply | None] | None = None
    models: list[str] = field(default_factory=lambda: ["scripted-1", "scripted-2"])

    def __post_init__(self) -> None:
        self.history: list[Request] = []
        self.connections = 0
        self.port = 0
        self._queue: deque[Reply] = deque()
        self._held = threading.Semaphore(0)
        self._closed_early = threading.Semaphore(0)
        self._gate = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="provider", daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def completions(self) -> list[dict[str, Any]]:
        """The bodies of all requests for chat completions."""
        return [seen.body for seen in self.history if seen.path.endswith("/chat/completions")]

    def enqueue(self, *replies: Reply) -> None:
        """Answer the next requests with these replies, in this order."""
        self._queue.extend(replies)

    def wait_held(self, timeout: float = 20.0) -> None:
        """Wait until a reply is held at its gate."""
        assert self._held.acquire(timeout=timeout), "no reply reached its gate"

    def release(self) -> None:
        """Open the gate for all replies that are held, and for later ones."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def wait_closed_early(self, timeout: float = 20.0) -> None:
        """Wait until a client disconnects before its reply is complete."""
        assert self._closed_early.acquire(timeout=timeout), "no client disconnected early"

    def reset(self) -> None:
        """Empty the script and the history, and close the gates."""
        self._queue.clear()
        self.answer = None
        self.history.clear()
        self.connections = 0
        self._loop.call_soon_threadsafe(self._gate.clear)
        for semaphore in (self._held, self._closed_early):
            while semaphore.acquire(blocking=False):
                pass

    def start(self, port: int = 0) -> Self:
        self.port = port
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=1024)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await _read_request(reader):
                await self._answer(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if request.path.startswith("/control/"):
            _write_json(writer, 200, self._control(request))
        elif request.path.endswith("/models"):
            rows = [
                {"id": name, "object": "model", "created": 1, "owned_by": "tests"}
                for name in self.models
            ]
            _write_json(writer, 200, {"object": "list", "data": rows})
        elif request.path.endswith("/embeddings"):
            self.history.append(request)
            reply = self._queue.popleft() if self._queue else _embeddings(request.body)
            if reply.hang == "headers":
                await self._wait_until_gone(reader.read(1))
            _write_json(writer, reply.status, reply.body or {}, reply.headers)
        else:
            self.history.append(request)
            reply = self._queue.popleft() if self._queue else self._default_for(request.body)
            await self._complete(request, reply, reader, writer)
        await writer.drain()

    def _default_for(self, body: dict[str, Any]) -> Reply:
        if self.answer and (reply := self.answer(body)):
            return reply
        is_first = body.get("tools") and body["messages"][-1]["role"] != "tool"
        return self.first_of_tools if is_first and self.first_of_tools else self.default

    def _control(self, request: Request) -> Any:
        match request.path.removeprefix("/control/"):
            case "enqueue":
                self.enqueue(Reply.from_json(request.body))
            case "default":
                self.default = Reply.from_json(request.body)
            case "first_of_tools":
                self.first_of_tools = Reply.from_json(request.body)
            case "release":
                self._gate.set()
            case "reset":
                self.reset()
            case "history":
                return [{"path": seen.path, "body": seen.body} for seen in self.history]
        return {}

    async def _complete(
        self,
        request: Request,
        reply: Reply,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if reply.hang == "headers":
            await self._wait_until_gone(reader.read(1))
            return
        if reply.first_delay:
            await asyncio.sleep(reply.first_delay)
        if reply.status != 200:
            _write_json(writer, reply.status, reply.body or {}, reply.headers)
        elif not request.body.get("stream"):
            _write_json(writer, 200, whole_of(reply, request.body["model"]))
        else:
            await self._stream(request, reply, reader, writer)

    async def _stream(
        self,
        request: Request,
        reply: Reply,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n" + more.encode() + b"\r\n"
        )
        gone = asyncio.ensure_future(reader.read(1))
        started = time.perf_counter()
        try:
            for number, chunk in enumerate(chunks_of(reply, request.body["model"])):
                if number == reply.gate_after:
                    self._held.release()
                    await self._wait_unless_gone(gone, self._gate.wait())
                if number == reply.drop_after:
                    writer.transport.abort()
                    return
                if reply.delay and number:
                    pause = started + number * reply.delay - time.perf_counter()
                    if pause > LONG_PAUSE:
                        await self._wait_unless_gone(gone, asyncio.sleep(pause))
                    elif pause > 0:
                        await asyncio.sleep(pause)
                if gone.done():
                    self._closed_early.release()
                    raise ConnectionError
                _write_event(writer, chunk)
                await writer.drain()
            if reply.hang != "stream":
                _write_event(writer, "[DONE]")
            if reply.hang:
                await self._wait_until_gone(gone)
            writer.write(b"0\r\n\r\n")
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await gone

    async def _wait_unless_gone(self, gone: "asyncio.Future[bytes]", waiting: Any) -> None:
        task = asyncio.ensure_future(waiting)
        await asyncio.wait({gone, task}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()

    async def _wait_until_gone(self, gone: Awaitable[bytes]) -> None:
        self._held.release()
        await gone
        self._closed_early.release()
        raise ConnectionError


def _embeddings(body: dict[str, Any]) -> Reply:
    return embeddings_of(body["input"], body.get("dimensions") or 3)


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    line, *rest = head.strip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rest)}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    path = re.sub(r"\?.*", "", target)
    return Request(method, path, headers, json.loads(raw) if raw else {})


def _write_event(writer: asyncio.StreamWriter, data: str) -> None:
    event = f"data: {data}\n\n".encode()
    writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")


def _write_json(
    writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str] | None = None
) -> None:
    content = json.dumps(body).encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    writer.write(
        f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\n{more}\r\n".encode()
        + content
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for any free port")
    provider = ScriptedProvider().start(parser.parse_args().port)
    sys.stdout.write(f"{provider.base_url}\n")
    sys.stdout.flush()
    threading.Event().wait()
