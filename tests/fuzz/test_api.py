"""Every route of the API, with bodies, queries and headers that no good client sends."""

from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import strategies as st

from assistants_app.api.urls import router
from tests import asgi
from tests.cast import Cast
from tests.fuzz import values
from tests.fuzz.examples import in_time, try_examples
from tests.fuzz.values import mostly, mutated, percent, query_of
from tests.fuzz.world import bodies_of, values_of_paths

QUERY = (
    *("limit", "order", "after", "before", "query", "filter", "run_id", "include[]", "include"),
    *("status", "test_set_id", "format"),
)
METHODS = ("GET", "POST", "DELETE")
FORM = "multipart/form-data; boundary=b"
# No endpoint has a model here. tests/contract/test_our_document.py asks for one.
UNKNOWN = ("models/{model...}",)
Request = dict[str, Any]


@pytest.fixture(autouse=True)
def streams_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave open streams as soon as they have begun."""
    monkeypatch.setattr(asgi, "QUIET_SECONDS", 0.02)


def requests(
    method: str, pattern: str, ids: dict[str, str], bodies: list[Any], key: str
) -> st.SearchStrategy[Request]:
    """Generate requests for a route: good ones with something odd in them."""
    odd_part = values.texts.filter(bool).map(percent)
    parts = [
        mostly(st.just(ids[part.strip("{}.")]), odd_part) if "{" in part else st.just(part)
        for part in pattern.split("/")
    ]
    path = st.tuples(*parts).map(lambda given: "/v1/" + "/".join(given))
    query = st.dictionaries(st.sampled_from(QUERY), mostly(st.just("1"), values.texts), max_size=3)
    changed = st.sampled_from(bodies or [{}]).flatmap(_body)
    raw = st.tuples(st.sampled_from(values.CONTENT_TYPES), st.sampled_from(values.BYTES))
    key_headers = {"authorization": f"Bearer {key}", "openai-beta": "assistants=v2"}

    def build(given: tuple[Any, ...]) -> Request:
        path, query, (content_type, body), headers = given
        return {
            "method": method,
            "path": f"{path}?{query_of(query)}",
            "headers": {**key_headers, "content-type": content_type, **headers},
            "body": body,
        }

    return st.tuples(path, query, mostly(changed, raw), mostly(st.just({}), values.headers)).map(
        build
    )


def _body(good: Any) -> st.SearchStrategy[tuple[str, bytes]]:
    if isinstance(good, bytes):
        # A form, with something odd at some place.
        at = st.integers(0, len(good))
        pieces = st.tuples(at, st.sampled_from(values.BYTES), at)
        forms = pieces.map(lambda drawn: good[: drawn[0]] + drawn[1] + good[drawn[2] :])
        return forms.map(lambda form: (FORM, form))
    return mutated(good).map(lambda value: ("application/json", values.as_json(value)))


def send(request: Request) -> int:
    """Send the request, fail if the API does, and return the status."""
    path, _, query = request["path"].partition("?")
    scope = asgi.scope_of(
        {
            "REQUEST_METHOD": request["method"],
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
        }
    )
    scope["headers"] += [
        (name.encode(), value.encode("latin-1")) for name, value in request["headers"].items()
    ]
    with in_time(request):
        status, _, body = asgi.call(scope, request["body"])
    assert status < 500, (status, body[:300], request)
    return status


@pytest.mark.parametrize("pattern", router.patterns)
def test_every_route_answers(cast: Cast, pattern: str) -> None:
    answered = set()
    ids, bodies = values_of_paths(cast), bodies_of(cast)
    views = router.patterns[pattern].views
    for method in METHODS:

        def check(request: Request, method: str = method) -> None:
            if send(request) not in (404, 405):
                answered.add(method)

        given = bodies[pattern] if method == "POST" and method in views else []
        # Of methods that the route lacks, one example is enough.
        share = 2 if method in views else 0.1
        strategy = requests(method, pattern, ids, given, cast.key)
        try_examples(f"{method} {pattern}", strategy, check, share=share)
    # A view that only says "not found" has not been tried.
    assert pattern in UNKNOWN or set(views) - answered == set()


def test_every_header_of_the_sender_may_be_odd(cast: Cast) -> None:
    names = st.sampled_from(["authorization", "api-key", "openai-beta", *values.HEADERS])
    headers = st.dictionaries(names, st.sampled_from(values.HEADER_VALUES) | odd_keys, max_size=4)

    def check(given: dict[str, str]) -> None:
        request = {"method": "POST", "path": "/v1/threads", "headers": given, "body": b"{}"}
        send(request)

    try_examples("headers", headers, check, share=10)


odd_keys = st.sampled_from(
    ["Bearer ", "Bearer \0", "Bearer \xff", "bearer a b", "Basic a", "Bearer"]
)
