"""An ID of another project says no more than one that nobody has.

Everything in project A is named at every place of a request for project B: in the path, in the
body, in filters and in headers. The answer is the one that an unknown ID gets.
"""

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from assistants_app.api.urls import router
from tests import asgi
from tests.cast import Cast
from tests.fuzz.examples import rolled_back
from tests.fuzz.values import query_of
from tests.fuzz.world import bodies_of, values_of_paths
from tests.rights.ids import ID, ids_of, other_project, unknown, without_ids

FORM = "multipart/form-data; boundary=b"
# The parameters of lists that are compared with IDs or words.
FILTERS = ("after", "before", "run_id", "assistant_id", "purpose", "filter", "metadata[a]")
HEADERS = ("openai-project", "openai-organization", "idempotency-key", "last-event-id")
Change = tuple[str | int, ...]
Send = Callable[[str], tuple[int, str]]


@pytest.fixture(autouse=True)
def streams_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave open streams as soon as they have begun."""
    monkeypatch.setattr(asgi, "QUIET_SECONDS", 0.02)


@pytest.fixture
def other(cast: Cast) -> Cast:
    """Project B with objects of its own."""
    return other_project(cast)


class Api:
    """A program with the key of project B."""

    def __init__(self, cast: Cast) -> None:
        self._key = cast.key
        self.places = values_of_paths(cast)
        self.bodies = bodies_of(cast)

    def path(self, pattern: str, changed: dict[str, str]) -> str:
        """Return the path to the project's own objects, with these changes."""
        places = self.places | changed
        parts = pattern.split("/")
        return "/".join(places[part.strip("{}.")] if "{" in part else part for part in parts)

    def ask(
        self, method: str, path: str, body: Any = None, query: str = "", **headers: str
    ) -> tuple[int, str]:
        """Send a request, undo what it does, and return the status and body of the answer."""
        is_form = isinstance(body, bytes)
        sent = {
            "authorization": f"Bearer {self._key}",
            "openai-beta": "assistants=v2",
            "content-type": FORM if is_form else "application/json",
            **headers,
        }
        scope = {
            "type": "http",
            "method": method,
            "path": path if path.startswith("/") else f"/v1/{path}",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }
        with rolled_back():
            data = body if is_form else json.dumps(body).encode()
            status, _, answer = asgi.call(scope, b"" if body is None else data)
        return status, without_ids(answer.decode("utf-8", "replace"))


def leaves(value: Any, at: Change = ()) -> Iterator[tuple[Change, Any]]:
    """Yield the path and the value of every text and number in JSON."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            yield from leaves(item, (*at, name))
    else:
        yield at, value


def with_value(body: Any, at: Change, value: str) -> Any:
    """Return a copy of the JSON with another value at a place."""
    if not at:
        return value
    changed = copy.deepcopy(body)
    inner = changed
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = value
    return changed


def is_for_id(at: Change, value: Any) -> bool:
    """Return whether a field of a body takes an ID."""
    return any("_id" in str(name) for name in at) or bool(ID.fullmatch(str(value)))


class Places:
    """The places of requests for a route, each as a function that sends an ID there."""

    def __init__(self, api: Api, pattern: str) -> None:
        self._api, self._pattern = api, pattern
        self._own = api.path(pattern, {})

    def of_path(self, method: str) -> Iterator[tuple[str, Send]]:
        for part in self._pattern.split("/"):
            name = part.strip("{}.")
            if part != name:
                yield name, partial(self._in_path, method, name)

    def of_body(self, *, for_ids: bool) -> Iterator[tuple[str, Send]]:
        for body in self._api.bodies[self._pattern]:
            for at, value in [] if isinstance(body, bytes) else leaves(body):
                if is_for_id(at, value) == for_ids:
                    yield str(at), partial(self._in_body, body, at)

    def of_query(self) -> Iterator[tuple[str, Send]]:
        for name in FILTERS:
            yield name, partial(self._in_query, name)

    def of_headers(self, method: str) -> Iterator[tuple[str, Send]]:
        for name in HEADERS:
            yield name, partial(self._in_header, method, name)

    def _body(self, method: str) -> Any:
        return self._api.bodies[self._pattern][0] if method == "POST" else None

    def _in_path(self, method: str, name: str, value: str) -> tuple[int, str]:
        path = self._api.path(self._pattern, {name: value})
        return self._api.ask(method, path, self._body(method))

    def _in_body(self, body: Any, at: Change, value: str) -> tuple[int, str]:
        return self._api.ask("POST", self._own, with_value(body, at, value))

    def _in_query(self, name: str, value: str) -> tuple[int, str]:
        return self._api.ask("GET", self._own, query=query_of({name: value}))

    def _in_header(self, method: str, name: str, value: str) -> tuple[int, str]:
        return self._api.ask(method, self._own, self._body(method), **{name: value})


def check(places: Iterator[tuple[str, Send]], ids: dict[str, str], *, is_refused: bool) -> None:
    """Send each ID to each place, and compare the answer with that of an unknown ID."""
    for name, send in places:
        for kind, known in ids.items():
            here = send(known)
            assert here == send(unknown(known)), (name, kind)
            assert "Secret" not in here[1]
            assert not is_refused or here[0] in (400, 404), (name, kind)


@pytest.mark.parametrize("pattern", router.patterns)
def test_the_api_knows_no_id_of_another_project(cast: Cast, other: Cast, pattern: str) -> None:
    ids = ids_of(cast)
    places = Places(Api(other), pattern)
    methods = router.patterns[pattern].views
    # Of places that take no ID, one is enough.
    one = {"thread_id": ids["thread_id"]}
    for method in methods:
        check(places.of_path(method), ids, is_refused=True)
        check(places.of_headers(method), one, is_refused=False)
    if "POST" in methods:
        check(places.of_body(for_ids=True), ids, is_refused=False)
        check(places.of_body(for_ids=False), one, is_refused=False)
    if "GET" in methods:
        check(places.of_query(), ids, is_refused=False)
