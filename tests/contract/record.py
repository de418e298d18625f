"""Records which test sends what and gets an answer, for docs/compatibility.md.

The tests' clients report what they see. The server and mocks aren't asked.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from tests.contract.openapi import template_of
from tests.contract.own_routes import OWN_PATHS


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """Something that a client saw. `kind` is operation, parameter, event or error.

    `name`: ``POST /assistants``; ``POST /assistants tools[].type = "function"``;
    ``thread.run.created``; for an error the JSON of its status, code and message.
    """

    kind: str
    name: str


@dataclass
class Record:
    """The facts of each test, by the test's name without its parameters."""

    facts: dict[str, set[Fact]] = field(default_factory=lambda: defaultdict(set))
    test: str = ""

    def begin(self, node_id: str) -> None:
        """Attribute all requests from now on to this test."""
        self.test = node_id.partition("[")[0]

    def request(self, method: str, url: str, sent: bytes) -> "Exchange":
        """Return a request of the current test, to report its response to."""
        return Exchange(self.facts[self.test], method, urlsplit(url), sent)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response. A stream may end only after the test that started it."""

    facts: set[Fact]
    method: str
    url: SplitResult
    sent: bytes

    def answered(self, status: int, body: Any = None) -> None:
        """Record the response. `body` is the JSON body, or None for a stream."""
        # The page is about the vendor's API.
        if template_of(self.url.path) in OWN_PATHS:
            return
        if status >= 400:
            error = body["error"]
            shown = {"status": status, "code": error["code"], "message": error["message"]}
            self.facts.add(Fact("error", json.dumps(shown)))
            return
        operation = f"{self.method} {template_of(self.url.path)}"
        self.facts.add(Fact("operation", operation))
        sent = json.loads(self.sent) if self.sent else {}
        for name in (*_query_names(self.url.query), *names_in(sent)):
            self.facts.add(Fact("parameter", f"{operation} {name}"))

    def received(self, events: Iterable[str]) -> None:
        """Record the names of a stream's events."""
        self.facts.update(Fact("event", name) for name in events)


the_record = Record()


def _query_names(query: str) -> Iterator[str]:
    for name, value in parse_qsl(query, keep_blank_values=True):
        yield name
        yield f'{name} = "{value}"'


def names_in(value: Any, name: str = "") -> Iterator[str]:
    """Yield the dotted names in a JSON value, such as ``tools[].function.name``.

    Strings also yield their value: ``role = "user"``.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            inner = f"{name}.{key}" if name else key
            yield inner
            yield from names_in(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item, f"{name}[]")
    elif isinstance(value, str) and name:
        yield f'{name} = "{value}"'
