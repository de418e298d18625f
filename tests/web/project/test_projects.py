"""A person's projects: the menu, the list, and how projects begin and end."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assistants_app import conf
from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import AuditEntry, Membership, Project, ProjectDeletion
from tests.cast import Cast
from tests.web.pages import project_url, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.alice)


def add_projects(user: User, count: int, role: str = VIEWER) -> list[Project]:
    made = [Project.objects.create(name=f"Project {number:02}") for number in range(count)]
    for project in made:
        Membership.objects.create(project=project, user=user, role=role)
    return made


def names_in(page: str) -> list[str]:
    found = re.findall(r"data-name>(.*?)</span>", page)
    return [name.strip() for name in found]


def test_the_menu_lists_the_projects_by_name_with_their_roles(cast: Cast, client: Client) -> None:
    add_projects(cast.alice, 2)
    page = client.get(project_url(cast, "projects_menu")).content.decode()
    assert names_in(page) == ["A", "Project 00", "Project 01"]
    assert [word for word in ("Owner", "Editor", "Viewer") if word in page] == ["Owner", "Viewer"]
    assert 'type="search"' not in page
    assert "C" not in names_in(page)


def test_the_menu_of_many_projects_can_be_searched(cast: Cast, client: Client) -> None:
    add_projects(cast.alice, 60)
    page = client.get(project_url(cast, "projects_menu")).content.decode()
    assert len(names_in(page)) == 50
    assert 'type="search"' in page
    assert "More projects match" in page
    found = client.get(project_url(cast, "projects_menu"), {"q": " PROJECT  07 "})
    assert names_in(found.content.decode()) == ["Project 07"]
    none = client.get(project_url(cast, "projects_menu"), {"q": "%"}).content.decode()
    assert names_in(none) == []
    assert "No project has this in its name." in none


def test_more_projects_take_no_more_queries(cast: Cast, client: Client) -> None:
    for name in ("projects", "projects_menu", "playground"):
        counts = []
        for more in (1, 49):
            add_projects(cast.alice, more)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(project_url(cast, name)).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1], name


def test_the_list_has_roles_and_people(cast: Cast, client: Client) -> None:
    page = client.get(project_url(cast, "projects")).content.decode()
    [row] = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", page, re.DOTALL)
    assert re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).split()[:3] == ["A", "Owner", "3"]
    filtered = client.get(project_url(cast, "projects"), {"q": "\0b"}).content.decode()
    assert "No project has this in its name." in filtered


def test_an_owner_creates_a_project(cast: Cast, client: Client) -> None:
    answer = client.post(project_url(cast, "projects"), {"project_name": "  New \n one "})
    made = Project.objects.get(name="New one")
    assert answer["Location"] == reverse("playground", args=[made.id])
    [member] = Membership.objects.filter(project=made)
    assert (member.user, member.role) == (cast.alice, OWNER)
    [entry] = AuditEntry.objects.filter(project_id=made.id)
    assert (entry.verb, entry.actor_name, entry.address) == (
        "create_project",
        "alice",
        "127.0.0.1",
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *((name, "Enter a name.") for name in ("", " ", "\u200b\ufeff", "\u202e", "\U000e0001")),
        *((name, "Enter a name.") for name in ("\u200d", "\u3164", "\u2800", "\ufe0f")),
        ("x" * 1001, "Use at most 100 characters. These are 1,001."),
    ],
)
def test_a_project_needs_a_name(cast: Cast, client: Client, name: str, says: str) -> None:
    for view in ("projects", "rename_project"):
        answer = client.post(project_url(cast, view), {"project_name": name})
        assert answer.status_code == 422
        assert says in answer.content.decode()
    assert Project.objects.count() == 2


def test_who_may_create_is_a_setting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"project_name": "Mine"}
    for user in (cast.bob, cast.vera):
        client = signed_in(user)
        assert 'id="n-project"' not in client.get(project_url(cast, "projects")).content.decode()
        assert client.post(project_url(cast, "projects"), body).status_code == 403
    monkeypatch.setattr(conf, "PROJECT_CREATORS", "everyone")
    assert 'id="n-project"' in client.get(project_url(cast, "projects")).content.decode()
    assert client.post(project_url(cast, "projects"), body).status_code == 302
    assert Membership.objects.get(project__name="Mine").user == cast.vera


def test_only_owners_rename_and_delete(cast: Cast) -> None:
    for user, status in ((cast.bob, 403), (cast.vera, 403), (cast.charlie, 404)):
        client = signed_in(user)
        for view, body in (
            ("rename_project", {"project_name": "Theirs"}),
            ("delete_project", {"confirm": "A"}),
        ):
            assert client.post(project_url(cast, view), body).status_code == status
    assert Project.objects.get(pk=cast.project.id).name == "A"
    page = signed_in(cast.bob).get(project_url(cast, "settings")).content.decode()
    assert "Only owners can rename or delete the project." in page


def test_an_owner_renames_the_project(cast: Cast, client: Client) -> None:
    client.post(project_url(cast, "rename_project"), {"project_name": "<b>"})
    assert Project.objects.get(pk=cast.project.id).name == "<b>"
    page = client.get(project_url(cast, "settings")).content.decode()
    assert "<b></span>" not in page
    assert "&lt;b&gt;" in page
    client.post(project_url(cast, "rename_project"), {"project_name": "<b>"})
    [entry] = AuditEntry.objects.filter(verb="rename_project")
    assert (entry.target_name, entry.details) == ("<b>", {"before": "A"})


def test_an_owner_deletes_the_project_by_its_name(cast: Cast, client: Client) -> None:
    wrong = client.post(project_url(cast, "delete_project"), {"confirm": "B"})
    assert wrong.status_code == 422
    assert "Nothing was deleted. Type the project" in wrong.content.decode()
    assert not ProjectDeletion.objects.exists()
    done = client.post(project_url(cast, "delete_project"), {"confirm": "A"}, follow=True)
    assert done.redirect_chain == [("/", 302)]
    assert "“A” was deleted." in done.content.decode()
    for name in ("playground", "settings", "projects", "threads"):
        assert client.get(project_url(cast, name)).status_code == 404
        assert signed_in(cast.bob).get(project_url(cast, name)).status_code == 404
    assert client.post(project_url(cast, "delete_project"), {"confirm": "A"}).status_code == 404


def test_after_their_last_project_people_see_what_they_can_do(cast: Cast, client: Client) -> None:
    client.post(project_url(cast, "delete_project"), {"confirm": "A"})
    answer = client.get("/")
    assert answer.status_code == 403
    assert "Ask an owner to invite you." in answer.content.decode()
    assert 'id="n-project"' not in answer.content.decode()
    assert client.post("/", {"project_name": "Again"}).status_code == 403
    # The first owner of an installation is staff, and begins again.
    User.objects.filter(pk=cast.alice.pk).update(is_staff=True)
    assert 'id="n-project"' in client.get("/").content.decode()
    wrong = client.post("/", {"project_name": ""})
    assert wrong.status_code == 422
    assert "Enter a name" in wrong.content.decode()
    made = client.post("/", {"project_name": "Again"})
    assert made["Location"] == reverse("playground", args=[Project.objects.get(name="Again").id])


def test_roles_are_those_of_each_project(cast: Cast, client: Client) -> None:
    [theirs] = add_projects(cast.alice, 1, EDITOR)
    url = reverse("rename_project", args=[theirs.id])
    assert client.post(url, {"project_name": "Mine"}).status_code == 403
