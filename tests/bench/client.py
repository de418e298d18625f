"""A cheap client for streams: raw HTTP on asyncio, which notes when each token arrives."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.live import API_KEY

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
    reader, writer = await _send(base_url, path, body, key)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    writer.close()
    return answer


async def stream(base_url: str, path: str, body: dict[str, Any], *, key: str = API_KEY) -> Heard:
    """A request that is answered by a stream, of our API or of a provider."""
    started = time.perf_counter()
    heard = Heard()
    reader, writer = await _send(base_url, path, {**body, "stream": True}, key)
    while line := await reader.readline():
        if line.startswith(b"data: [DONE]"):
            break
        words = _words(line)
        if words:
            heard.tokens.append((time.perf_counter() - started, words))
    heard.seconds = time.perf_counter() - started
    writer.close()
    return heard


def _words(line: bytes) -> int:
    """Words of a text delta; cheap, since the client must not be what is measured."""
    if b'"thread.message.delta"' in line:
        return line.count(b"tok")
    return line.count(b"tok ") if b'"delta": {"content"' in line else 0


async def _send(
    base_url: str, path: str, body: dict[str, Any], key: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    url = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=LONGEST)
    content = json.dumps(body).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in BETA.items())
    writer.write(
        f"POST {url.path}{path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {key}\r\n{headers}"
        f"Content-Length: {len(content)}\r\n\r\n".encode()
        + content
    )
    await writer.drain()
    return reader, writer
