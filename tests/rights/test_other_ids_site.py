"""On the site, too, an ID of another project says no more than one that nobody has.

Each page of project B gets the IDs of project A, in its path and in each field that it reads and
that can have an ID.
"""

import re
from http.cookies import SimpleCookie
from itertools import product
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.fuzz.examples import rolled_back
from tests.fuzz.site_routes import SiteRoute, fields_asked_for
from tests.fuzz.values import percent, query_of
from tests.fuzz.world import add_rows, plausible_values, values_of_paths
from tests.rights.ids import ID, ids_of, other_project, unknown, without_ids
from tests.rights.site import project_routes, verbs_of
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]

pytestmark = pytest.mark.usefixtures("plain_static_files")
# Fields by what they name. Those of lists of rows are tried with each kind.
KINDS = {
    "assistant_id": ("a", "assistant", "edit"),
    "thread_id": ("t", "thread", "beside", "id", "after", "before", "target"),
    "message_id": ("m", "message", "id"),
    "run_id": ("r", "run"),
    "file_id": ("file", "pick", "id"),
    "store_id": ("store", "vector_store", "id"),
    "endpoint_id": ("endpoint", "edit"),
    "key_id": ("key", "person", "of"),
    "user_id": ("person", "of"),
    "notice_id": ("before",),
    "call_id": ("call",),
    "step_id": ("step",),
    "set_id": ("set",),
    "row_key": ("id",),
}
# What comes before an ID in a field that can have IDs of several kinds.
PREFIXES = {("of", "key_id"): "key:", ("of", "user_id"): "person:"}
# Pages that don't say whether there is such an object, with the reason.
UNCHECKED = {
    "detach_file": "shows the list as it is now, as if another tab had removed the file",
    "compare_versions": "redirects to a page that is a 404",
    "set_assistant_pin": "shows the list as it is now, as if another tab had deleted the assistant",
}
# Tokens, times in words, digests of what was saved, and numbers.
_RANDOM = re.compile(
    r"X-CSRFToken[^}]*|(?:csrfmiddlewaretoken|form_id)[^>]*|nonce[-=][^\s;>]*"
    r"|<time[^>]*>[^<]*|\b[0-9a-f]{8,}\b|[\d.]+"
)


class Stranger:
    """The owner of project B, with a browser."""

    def __init__(self, cast: Cast) -> None:
        self._places = values_of_paths(cast) | add_rows(cast)
        self._fields = plausible_values(cast)
        self._client = Client(raise_request_exception=False)
        self._client.force_login(cast.alice)
        self._cookies = self._client.cookies.output(header="", sep=";")

    def fields_of(self, method: str, route: SiteRoute) -> dict[str, str]:
        """Return the fields that the page reads, with good values."""
        known: dict[str, str] = {}
        for _ in range(2):
            with fields_asked_for() as asked:
                self.ask(method, route, {}, known)
            known = {name: self._fields.get(name, "1") for name in asked}
        return known

    def ask(
        self, method: str, route: SiteRoute, places: dict[str, str], fields: dict[str, str]
    ) -> tuple[int, str, str]:
        """Return the status, the address and the text of the answer, and undo the rest."""
        found = self._places | places
        path = route.path({name: percent(found[name]) for name in route.converters})
        form = query_of({name: self._fields.get(name, "1") for name in fields} | fields)
        self._client.cookies = SimpleCookie(self._cookies)
        with rolled_back():
            answer: Any = self._client.generic(
                method,
                f"{path}?{form}",
                form.encode() if method == "POST" else b"",
                "application/x-www-form-urlencoded",
            )
        text = "" if answer.streaming else _RANDOM.sub("", without_ids(answer.content.decode()))
        # A redirect may repeat the ID that it was given, as a page may.
        return answer.status_code, without_ids(answer.get("Location", "")), text


@pytest.fixture
def stranger(cast: Cast) -> Stranger:
    return Stranger(other_project(cast))


@pytest.mark.parametrize("route", project_routes(), ids=lambda route: route.name)
def test_a_page_knows_no_id_of_another_project(
    cast: Cast, stranger: Stranger, route: SiteRoute
) -> None:
    ids = {**ids_of(cast), "user_id": str(cast.vera.pk)}
    for method in verbs_of(route):
        asked = stranger.fields_of(method, route)
        for name, fields in product({*route.converters} & {*ids}, ({}, asked)):
            here = stranger.ask(method, route, {name: ids[name]}, fields)
            assert here == stranger.ask(method, route, {name: unknown(ids[name])}, fields)
            assert here[0] in (400, 404) or route.name in UNCHECKED, (method, name, fields)
        for kind, names in KINDS.items():
            for name in {*names} & {*asked}:
                prefix = PREFIXES.get((name, kind), "")
                known, nobody = (
                    stranger.ask(method, route, {}, {name: prefix + value})
                    for value in (ids[kind], unknown(ids[kind]))
                )
                assert known == nobody, (method, name, kind)


def test_the_kinds_of_ids_are_all_tried(cast: Cast) -> None:
    ids = ids_of(cast)
    assert {*KINDS} <= {*ids, "user_id"}
    assert all(ID.fullmatch(value) for value in ids.values())
