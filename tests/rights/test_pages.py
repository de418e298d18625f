"""Every page of the site, by everybody who may ask for it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from assistants_app.domain.rights import EDITOR, OWNER, ROLES
from assistants_app.models import Membership
from tests.cast import Cast
from tests.fuzz.examples import rolled_back
from tests.fuzz.site_routes import SiteRoute
from tests.fuzz.values import percent
from tests.fuzz.world import add_rows, values_of_paths
from tests.rights.site import project_routes, role_needed, verbs_of
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]

pytestmark = pytest.mark.usefixtures("plain_static_files")
ROUTES = project_routes()
NO_PROJECT = "proj_0123456789abcdefghijklmn"
_TOKEN = re.compile(r"X-CSRFToken[^}]*|csrfmiddlewaretoken[^>]*|nonce=\S*")


class World:
    """A project with an object of each kind, and the people who ask for them."""

    def __init__(self, cast: Cast) -> None:
        self._places = values_of_paths(cast) | add_rows(cast)
        self.project_id = cast.project.id
        self.people: dict[str, User] = {
            "viewer": cast.vera,
            "editor": cast.bob,
            "owner": cast.alice,
            "stranger": cast.charlie,
            "superuser": User.objects.create_superuser("root"),
        }
        self._clients = {who: self._client_of(user) for who, user in self.people.items()}
        self._clients["signed out"] = Client(raise_request_exception=False)

    def _client_of(self, user: User) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    def ask(self, who: str, method: str, route: SiteRoute, project_id: str = "") -> Any:
        """Return the answer that somebody gets, and undo what the request has done."""
        places = {name: percent(self._places[name]) for name in route.converters}
        places["project_id"] = project_id or self.project_id
        with rolled_back():
            return self._clients[who].generic(method, route.path(places))


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_page_answers_those_who_have_the_right_to_its_verb(
    world: World, route: SiteRoute
) -> None:
    for method, verb in verbs_of(route).items():
        signed_out = world.ask("signed out", method, route)
        assert signed_out.status_code == 302
        assert signed_out["Location"].startswith("/sign-in/")
        for who in ("stranger", "superuser"):
            # As for a project that nobody has.
            given = world.ask(who, method, route)
            assert given.status_code == 404, (method, who)
            assert said(given) == said(world.ask(who, method, route, NO_PROJECT))
        needed = role_needed(route.name, method, verb)
        for role in ROLES:
            status = world.ask(role, method, route).status_code
            assert status < 500, (method, role)
            is_refused = ROLES.index(role) < ROLES.index(needed)
            assert (status == 403) == is_refused, (method, role, status)


def said(answer: Any) -> str:
    """Return the page without what is random in each."""
    return _TOKEN.sub("", answer.content.decode())


@pytest.mark.parametrize(
    ("who", "name", "role"), [("viewer", "create_key", EDITOR), ("editor", "rename_project", OWNER)]
)
def test_the_role_counts_at_each_request(world: World, who: str, name: str, role: str) -> None:
    [route] = [route for route in ROUTES if route.name == name]
    membership = Membership.objects.filter(user=world.people[who])
    assert world.ask(who, "POST", route).status_code == 403
    membership.update(role=role)
    assert world.ask(who, "POST", route).status_code == 422
    membership.delete()
    assert world.ask(who, "POST", route).status_code == 404


def test_a_refusal_says_what_to_do(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.vera)
    path = f"/p/{cast.project.id}/threads/{cast.thread.id}/messages/"
    page = client.post(path)
    assert page.status_code == 403
    assert "ask an owner to make you an editor" in " ".join(page.content.decode().split())
    # A part of a page stays as it is, and the page shows the words.
    words = client.post(path, headers={"hx-request": "true"})
    assert words.status_code == 403
    assert words["Content-Type"] == "text/plain"
    assert words.content.decode().startswith("You can read, comment and rate in this project.")
