"""A cheap client for streams: raw HTTP on asyncio, which notes when each token arrives.

It keeps connections open for later requests, as the SDKs do.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from tests.live import API_KEY

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
# Connections without a request, by their event loop and server.
_idle: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, list[Connection]]]
_idle = WeakKeyDictionary()
LONGEST = 2**24  # bytes of one event
BETA = {"OpenAI-Beta": "assistants=v2"}
HEADERS = {"Authorization": f"Bearer {API_KEY}", **BETA}


@dataclass
class Heard:
    """`tokens`: when each piece of text came and how many words it had; `seconds` from sending."""

    tokens: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def first(self) -> float:
        """Seconds to the first token."""
        return self.tokens[0][0]

    @property
    def count(self) -> int:
        """Words that came."""
        return sum(words for _, words in self.tokens)

    def lateness(self, delay: float) -> list[float]:
        """Seconds that each word came after its place in an even stream."""
        late, number = [], 0
        for moment, words in self.tokens:
            for _ in range(words):
                late.append(moment - number * delay)
                number += 1
        return late


async def post(
    base_url: str, path: str, body: dict[str, Any], *, key: str = API_KEY
) -> dict[str, Any]:
    """A request that is answered at once."""
    reader, _ = connection = await _send(base_url, path, body, key)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    _keep(base_url, connection)
    return answer


async def stream(base_url: str, path: str, body: dict[str, Any], *, key: str = API_KEY) -> Heard:
    """A request that is answered by a stream, of our API or of a provider."""
    started = time.perf_counter()
    heard = Heard()
    reader, _ = connection = await _send(base_url, path, {**body, "stream": True}, key)
    while line := await reader.readline():
        if line.startswith(b"data: [DONE]"):
            break
        words = _words(line)
        if words:
            heard.tokens.append((time.perf_counter() - started, words))
    heard.seconds = time.perf_counter() - started
    await reader.readuntil(b"\r\n0\r\n\r\n")  # the last chunk
    _keep(base_url, connection)
    return heard


def _words(line: bytes) -> int:
    """Words of a text delta; cheap, since the client must not be what is measured."""
    if b'"thread.message.delta"' in line:
        return line.count(b"tok")
    return line.count(b"tok ") if b'"delta": {"content"' in line else 0


async def _send(base_url: str, path: str, body: dict[str, Any], key: str) -> Connection:
    url = urlsplit(base_url)
    reader, writer = connection = await _connection(base_url)
    content = json.dumps(body).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in BETA.items())
    writer.write(
        f"POST {url.path}{path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {key}\r\n{headers}"
        f"Content-Length: {len(content)}\r\n\r\n".encode()
        + content
    )
    await writer.drain()
    return connection


async def _connection(base_url: str) -> Connection:
    url = urlsplit(base_url)
    idle = _idle.setdefault(asyncio.get_running_loop(), {}).get(url.netloc, [])
    while idle:
        reader, writer = connection = idle.pop()
        if not (reader.at_eof() or writer.is_closing()):
            return connection
        writer.close()  # the server has closed it
    return await asyncio.open_connection(url.hostname, url.port, limit=LONGEST)


def _keep(base_url: str, connection: Connection) -> None:
    servers = _idle[asyncio.get_running_loop()]
    servers.setdefault(urlsplit(base_url).netloc, []).append(connection)
