"""Every route of the site, with every field that its view reads."""

import traceback
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from hypothesis import strategies as st

from tests.cast import Cast
from tests.fuzz import values
from tests.fuzz.examples import in_time, rolled_back, try_examples
from tests.fuzz.site_routes import (
    ROUNDS,
    SiteRoute,
    fields_asked_for,
    names_in_templates,
    site_routes,
)
from tests.fuzz.values import mostly, percent, query_of
from tests.fuzz.world import add_rows, plausible_values, values_of_paths
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]

ROUTES = site_routes()
WINGS = sorted({route.wing for route in ROUTES})
OTHER_FIELDS = names_in_templates()
METHODS = ("GET", "POST")
# The first only exists with DEBUG, and the others need a session of the code interpreter.
UNANSWERED = {"styleguide", "session_content", "session_preview"}
Request = dict[str, Any]


class Visitor:
    """A signed-in user's browser, which notes which routes have answered."""

    def __init__(self, cast: Cast) -> None:
        self.paths = values_of_paths(cast) | add_rows(cast)
        self.values = plausible_values(cast)
        self._client = Client(raise_request_exception=False)
        self._client.force_login(cast.alice)
        self._cookies = self._client.cookies.output(header="", sep=";")
        self.answered: set[str] = set()

    def learn(self, route: SiteRoute) -> None:
        """Find out which fields the route reads, by sending the ones known so far."""
        captured = {name: self.part(route, name) for name in route.converters}
        for _ in range(ROUNDS):
            with fields_asked_for() as asked:
                for method in METHODS:
                    form = {name: self.plausible(route, name) for name in route.fields}
                    with rolled_back():
                        self.send(route, self._request(method, route, captured, form))
            found = sorted(asked - set(route.fields))
            if not found:
                break
            route.fields += found

    def part(self, route: SiteRoute, name: str) -> str:
        """Return a good value for a parameter of the route's path."""
        return percent(self.paths.get(f"{route.wing}.{name}") or self.paths[name])

    def plausible(self, route: SiteRoute, name: str) -> str:
        return self.values.get(f"{route.wing}.{name}") or self.values.get(name, "1")

    def _request(
        self, method: str, route: SiteRoute, captured: dict[str, str], form: dict[str, str]
    ) -> Request:
        body = query_of(form).encode()
        return {
            "method": method,
            "path": f"{route.path(captured)}?{query_of(form)}",
            "body": b"" if method == "GET" else body,
            "content_type": "application/x-www-form-urlencoded",
            "headers": {},
        }

    def requests(self, method: str, route: SiteRoute) -> st.SearchStrategy[Request]:
        """Generate requests for the route: good ones with something odd in them."""
        good = st.sampled_from(sorted(set(self.values.values()) | {"1", "on", "m"}))
        field = mostly(good, values.texts)
        fields = {
            name: mostly(st.just(self.plausible(route, name)), field) for name in route.fields
        }
        form = st.fixed_dictionaries({}, optional=fields)
        others = st.dictionaries(st.sampled_from(OTHER_FIELDS), field, max_size=3)
        captured = {
            name: mostly(
                st.just(self.part(route, name)),
                st.sampled_from(["0", "9" * 30]) if kind == "IntConverter" else odd_parts,
            )
            for name, kind in route.converters.items()
        }

        def build(parts: tuple[Any, ...]) -> Request:
            found, body, more, query, raw, headers = parts
            request = self._request(method, route, found, {**body, **more})
            request["headers"] = headers
            if method == "POST":
                request["path"] = f"{route.path(found)}?{query_of(query)}"
            if raw and method == "POST":
                request["content_type"], request["body"] = raw
            return request

        raw = st.none() | st.tuples(
            st.sampled_from(values.CONTENT_TYPES), st.sampled_from(values.BYTES)
        )
        return st.tuples(
            *(st.fixed_dictionaries(captured), form, others, form, mostly(st.none(), raw)),
            mostly(st.just({}), values.headers),
        ).map(build)

    def send_nul(self, route: SiteRoute) -> None:
        """Send the good request once for each field, with NUL in this field."""
        captured = {name: self.part(route, name) for name in route.converters}
        good = {name: self.plausible(route, name) for name in route.fields}
        for name in route.fields:
            form = {**good, name: f"{good[name]}\0"}
            for method in METHODS:
                with rolled_back():
                    self.send(route, self._request(method, route, captured, form))
                # Of a form, no view gets to see it.
                assert method == "GET" or self.status == 422, (route.name, name, self.status)

    def send(self, route: SiteRoute, request: Request) -> None:
        """Send the request, and fail if the site does."""
        self._client.cookies = SimpleCookie(self._cookies)
        headers = {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in request["headers"].items()
        }
        if "HTTP_COOKIE" in headers:
            self._client.cookies = SimpleCookie()
        with in_time(request):
            answer: Any = self._client.generic(
                request["method"],
                request["path"],
                request["body"],
                request["content_type"],
                **headers,
            )
            if answer.streaming:
                _read(answer)
        assert answer.status_code < 500, (_fault_of(answer), request)
        if answer.status_code not in (404, 405):
            self.answered.add(route.name)
        self.status = int(answer.status_code)


odd_parts = values.texts.filter(bool).map(percent)


def _read(answer: Any) -> None:
    if not answer.is_async:
        assert b"".join(answer.streaming_content) is not None
        return

    async def read() -> None:
        async for _ in answer.streaming_content:
            pass

    async_to_sync(read)()


def _fault_of(answer: Any) -> str:
    error = answer.exc_info[1]
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{answer.status_code}: {error!r:.300} in {where.filename}:{where.lineno}"


@pytest.fixture
def visitor(cast: Cast) -> Visitor:
    return Visitor(cast)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("wing", WINGS)
def test_every_route_answers(visitor: Visitor, wing: str) -> None:
    failures = []
    routes = [route for route in ROUTES if route.wing == wing]
    for route in routes:
        try:
            visitor.learn(route)
            visitor.send_nul(route)
            for method in METHODS:
                try_examples(
                    f"{method} {route.pattern}",
                    visitor.requests(method, route),
                    partial(visitor.send, route),
                )
        except Exception as error:  # noqa: BLE001 - the other routes are tried, too
            failures.append(f"{route.name}: {error}")
    assert failures == []
    # A view that only says "not found" has not been tried.
    assert {route.name for route in routes} - visitor.answered - UNANSWERED == set()
