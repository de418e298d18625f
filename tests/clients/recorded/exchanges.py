"""Recorded exchanges: their files, and the placeholders in them."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.recorded.http1 import header_of

FOLDER = Path(__file__).resolve().parent
READABLE_LENGTH = 100_000
# Ids are placeholders, because each site makes its own.
KINDS = ("asst", "thread", "msg", "run", "step", "file", "vs", "vsfb", "call")
AN_ID = re.compile(rf"\b({'|'.join(KINDS)})[_-][A-Za-z0-9]{{12,}}\b")
A_PLACEHOLDER = re.compile(rf"\{{((?:{'|'.join(KINDS)})_\d+|host|key|length)\}}")


@dataclass
class Exchange:
    """A request as a client sent it, and what its answer must show.

    `connection` numbers the client's connections. `body` has the pieces in which the body was sent.
    If it is `packed`, they are compressed and in base64. `takes` has the ids of the answer that
    later requests name: where they are, by placeholder. `until` is the status for which the client
    waited: the request is repeated until then.
    """

    connection: int
    request: str
    headers: list[str]
    status: int
    body: list[str] = field(default_factory=list)
    packed: bool = False
    takes: dict[str, list[str | int]] = field(default_factory=dict)
    until: str = ""
    shows: dict[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.request.split(" ")[0]

    @property
    def route(self) -> str:
        """The method and path, with a star for each id."""
        method, target, _ = self.request.split(" ")
        return f"{method} {A_PLACEHOLDER.sub('*', target.partition('?')[0])}"

    def header(self, name: str) -> str:
        """Return the header's value in lower case, or an empty string."""
        return header_of(self.headers, name)

    def keep_body(self, pieces: list[bytes], named: Callable[[str], str]) -> None:
        """Keep the body as text if that can be read, with placeholders for its ids."""
        try:
            texts = [piece.decode() for piece in pieces]
        except UnicodeDecodeError:
            self.packed = True
        else:
            self.packed = sum(map(len, texts)) > READABLE_LENGTH
        if self.packed:
            self.body = [base64.b64encode(zlib.compress(piece)).decode() for piece in pieces]
        else:
            self.body = [named(text) for text in texts]

    @property
    def chunked(self) -> bool:
        return self.header("transfer-encoding") == "chunked"

    def pieces(self, known: dict[str, str]) -> list[bytes]:
        """Return the pieces of the body as they are sent, with the ids that are known."""
        if self.packed:
            return [zlib.decompress(base64.b64decode(piece)) for piece in self.body]
        return [fill(piece, known).encode() for piece in self.body]

    def sent(self, known: dict[str, str]) -> tuple[bytes, bytes]:
        """Return the head and the body as bytes on the wire."""
        pieces = self.pieces(known)
        values = {**known, "length": str(sum(map(len, pieces)))}
        lines = [fill(line, values) for line in (self.request, *self.headers)]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if not self.chunked:
            return head, b"".join(pieces)
        chunks = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]
        return head, b"".join([*chunks, b"0\r\n\r\n"])


def fill(text: str, known: dict[str, str]) -> str:
    """Return the text with the values of its placeholders."""
    return A_PLACEHOLDER.sub(lambda found: known[found[1]], text)


def stories_of(client: str) -> list[str]:
    """Return the names of the client's recorded stories."""
    return sorted(path.stem for path in (FOLDER / client / "stories").glob("*.json"))


def load(client: str, story: str) -> list[Exchange]:
    text = (FOLDER / client / "stories" / f"{story}.json").read_text(encoding="utf-8")
    return [Exchange(**values) for values in json.loads(text)]


def save(client: str, story: str, exchanges: list[Exchange]) -> None:
    """Write the story's file, without fields that say nothing."""
    rows = [{key: value for key, value in asdict(one).items() if value} for one in exchanges]
    folder = FOLDER / client / "stories"
    folder.mkdir(exist_ok=True)
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    (folder / f"{story}.json").write_text(text + "\n", encoding="utf-8")


def at(value: Any, way: list[str | int]) -> Any:
    """Return what is at this place in an answer."""
    for key in way:
        value = value[key]
    return value
