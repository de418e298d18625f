"""Nobody sees a control that the server would refuse them."""

import pytest

from assistants_app.domain.rights import ROLES
from tests.rights.controls import controls_in
from tests.rights.site import project_routes, verbs_of
from tests.rights.test_pages import World, plain_static_files, world

__all__ = ["plain_static_files", "world"]

ROUTES = [route for route in project_routes() if "GET" in verbs_of(route)]
pytestmark = pytest.mark.usefixtures("plain_static_files")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_page_shows_people_only_what_they_may_use(world: World, route: object) -> None:
    for role in ROLES:
        answer = world.ask(role, "GET", route)
        if answer.status_code >= 400 or answer.streaming:
            continue
        found = controls_in(answer)
        shown = [one for one in found if ROLES.index(one.shown_to) <= ROLES.index(role)]
        assert [one for one in shown if ROLES.index(one.needed) > ROLES.index(role)] == [], role
