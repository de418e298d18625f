"""Nobody sees a control that the server would refuse them."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from assistants_app.domain import run_status
from assistants_app.domain.rights import EDITOR, OWNER, ROLES, VIEWER
from assistants_app.models import Run
from tests.cast import Cast
from tests.fuzz.site_routes import SiteRoute
from tests.rights.controls import Control, controls_in
from tests.rights.site import project_routes, verbs_of
from tests.rights.test_pages import World, plain_static_files, world
from tests.web.pages import signed_in, squeezed

__all__ = ["plain_static_files", "world"]

ROUTES = [route for route in project_routes() if "GET" in verbs_of(route)]
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "f", "arguments": '{"location": "Paris"}'},
}
pytestmark = pytest.mark.usefixtures("plain_static_files")


def useless(answer: Any, role: str) -> list[Control]:
    """Return the controls that the page shows to the role, and the server would refuse it."""
    return [
        control
        for control in controls_in(answer)
        if ROLES.index(control.shown_to) <= ROLES.index(role) < ROLES.index(control.needed)
    ]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_page_shows_people_only_what_they_may_use(world: World, route: SiteRoute) -> None:
    for role in ROLES:
        answer = world.ask(role, "GET", route)
        if answer.status_code < 400 and not answer.streaming:
            assert useless(answer, role) == [], role


@pytest.mark.parametrize("status", run_status.ALL)
def test_a_thread_shows_people_only_what_they_may_use(cast: Cast, status: str) -> None:
    waits = status == run_status.REQUIRES_ACTION
    Run.objects.filter(pk=cast.run.pk).update(
        status=status,
        required_action={
            "type": "submit_tool_outputs",
            "submit_tool_outputs": {"tool_calls": [CALL]},
        }
        if waits
        else None,
        last_error={"code": "server_error", "message": "Ollama requires an API key here."}
        if status == run_status.FAILED
        else None,
    )
    people = {VIEWER: cast.vera, EDITOR: cast.bob, OWNER: cast.alice}
    for name, query in (
        ("playground", f"a={cast.assistant.id}&t={cast.thread.id}"),
        ("playground", f"a={cast.assistant.id}"),
        ("versions", f"t={cast.thread.id}"),
    ):
        ids = [cast.project.id, *([cast.assistant.id] if name == "versions" else [])]
        for role, person in people.items():
            answer = signed_in(person).get(f"{reverse(name, args=ids)}?{query}")
            assert answer.status_code == 200
            assert useless(answer, role) == [], (name, role)


def page_of(cast: Cast, person: User) -> str:
    path = reverse("playground", args=[cast.project.id])
    query = {"a": cast.assistant.id, "t": cast.thread.id}
    return squeezed(signed_in(person).get(path, query).content.decode())


def test_a_viewer_reads_what_they_may_do_instead_of_writing(cast: Cast) -> None:
    words = "You can read this project, comment on messages and rate answers."
    page = page_of(cast, cast.vera)
    assert '<body data-role="viewer"' in page
    assert f'data-for="viewer">{words}' in page
    assert '<fieldset class="bare" disabled>' in page
    for person, role in ((cast.bob, "editor"), (cast.alice, "owner")):
        page = page_of(cast, person)
        assert f'<body data-role="{role}"' in page
        assert '<fieldset class="bare" disabled>' not in page


def test_what_is_sent_to_all_who_watch_a_thread_depends_on_no_role(cast: Cast) -> None:
    path = reverse("thread_frame", args=[cast.project.id, cast.thread.id])

    def parts(person: User) -> dict[str, str]:
        frame = json.loads(signed_in(person).get(path).content)
        # Without the run log, whose clock goes on.
        return {one["id"]: one["html"] for one in frame["ops"] if "log" not in one["id"]}

    seen = parts(cast.vera)
    assert {"items", "outcome", "run-controls"} <= set(seen)
    assert parts(cast.bob) == parts(cast.alice) == seen
