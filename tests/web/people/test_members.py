"""The settings' page of people: who sees what, and what owners change there."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import AuditEntry, Invitation, Membership
from assistants_app.queries.people.members import role_of
from tests.cast import Cast
from tests.web.pages import project_url, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(cast: Cast, user: User) -> str:
    answer = signed_in(user).get(project_url(cast, "people"))
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def post(cast: Cast, user: User, name: str, *ids: object, **fields: str) -> tuple[int, str]:
    """Send a form, and return the status and the page that follows."""
    url = project_url(cast, name, *map(str, ids))
    answer = signed_in(user).post(url, fields, follow=True)
    status = answer.redirect_chain[0][1] if answer.redirect_chain else answer.status_code
    return status, squeezed(answer.content.decode())


def forget_visits(cast: Cast) -> None:
    Membership.objects.filter(project=cast.project).update(last_active_at=None)


@pytest.mark.parametrize("name", ["alice", "bob", "vera"])
def test_every_member_sees_all_members(cast: Cast, name: str) -> None:
    User.objects.filter(pk=cast.bob.pk).update(first_name="Bob <b>", email="bob@example.org")
    page = page_of(cast, getattr(cast, name))
    for shown in ("alice", "Bob &lt;b&gt;", "bob@example.org", "vera", "Owner", "Editor", "Viewer"):
        assert shown in page
    assert "charlie" not in page


@pytest.mark.parametrize("name", ["bob", "vera"])
def test_only_owners_see_what_changes_others(cast: Cast, name: str) -> None:
    secret = "dora@example.org"
    Invitation.objects.create(
        project=cast.project,
        digest="x",
        role=VIEWER,
        email=secret,
        days=7,
        invited_by=cast.alice,
        expires_at=timezone.now() + timedelta(days=7),
    )
    owners, theirs = page_of(cast, cast.alice), page_of(cast, getattr(cast, name))
    for part in ("/role/", "/remove/", secret, 'id="invitations"'):
        assert part in owners
        assert part not in theirs
    assert project_url(cast, "leave_project") in theirs


def test_the_page_leads_to_the_others_about_people(cast: Cast) -> None:
    owners, viewers = page_of(cast, cast.alice), page_of(cast, cast.vera)
    for name in ("sharing", "activity", "account"):
        assert f'<a href="{project_url(cast, name)}">' in owners
    assert f'<a href="{project_url(cast, "account")}">' in viewers
    for name in ("sharing", "activity"):
        assert project_url(cast, name) not in viewers


def test_strangers_and_the_signed_out_see_nothing(cast: Cast) -> None:
    assert signed_in(cast.charlie).get(project_url(cast, "people")).status_code == 404
    assert Client().get(project_url(cast, "people")).status_code == 302


def test_an_owner_changes_a_role(cast: Cast) -> None:
    status, page = post(cast, cast.alice, "set_role", cast.vera.pk, role=EDITOR)
    assert status == 302
    assert "vera: the role is now Editor." in page
    assert role_of(cast.project, cast.vera.pk) == EDITOR
    [entry] = AuditEntry.objects.filter(verb="change_role")
    assert (entry.actor_name, entry.target_name) == ("alice", "vera")
    assert entry.details == {"from": VIEWER, "to": EDITOR}


def test_an_owner_removes_a_member_who_then_finds_nothing(cast: Cast) -> None:
    browser = signed_in(cast.bob)
    assert browser.get(project_url(cast, "people")).status_code == 200
    _, page = post(cast, cast.alice, "remove_member", cast.bob.pk)
    assert "bob is no longer a member." in page
    assert browser.get(project_url(cast, "people")).status_code == 404
    [entry] = AuditEntry.objects.filter(verb="remove_member")
    assert (entry.target_name, entry.details["role"]) == ("bob", EDITOR)


def test_a_member_leaves(cast: Cast) -> None:
    url = project_url(cast, "leave_project")
    assert signed_in(cast.vera).post(url).status_code == 302
    assert role_of(cast.project, cast.vera.pk) == ""
    assert AuditEntry.objects.filter(verb="leave_project", actor_name="vera").count() == 1


@pytest.mark.parametrize(
    ("name", "fields"), [("set_role", {"role": VIEWER}), ("remove_member", {})]
)
def test_the_last_owner_stays_and_reads_why(cast: Cast, name: str, fields: dict[str, str]) -> None:
    _, page = post(cast, cast.alice, name, cast.alice.pk, **fields)
    assert "alice is the only owner of this project. Make somebody else an owner first." in page
    _, page = post(cast, cast.alice, "leave_project")
    assert "alice is the only owner" in page
    assert role_of(cast.project, cast.alice.pk) == OWNER
    assert "To leave, make somebody else an owner." in page_of(cast, cast.alice)


@pytest.mark.parametrize("name", ["bob", "vera"])
def test_others_may_not_change_anybody(cast: Cast, name: str) -> None:
    user = getattr(cast, name)
    assert post(cast, user, "set_role", user.pk, role=OWNER)[0] == 403
    assert post(cast, user, "remove_member", cast.alice.pk)[0] == 403
    assert Membership.objects.filter(project=cast.project).count() == 3
    assert role_of(cast.project, user.pk) != OWNER


@pytest.mark.parametrize("user_id", ["0", "-1", "x", "1" * 30, "１", "%00", "3.5"])
def test_an_odd_id_is_a_404(cast: Cast, user_id: str) -> None:
    url = project_url(cast, "set_role", "7").replace("/7/", f"/{user_id}/")
    assert signed_in(cast.alice).post(url, {"role": VIEWER}).status_code == 404


def test_a_stranger_is_no_member_to_change(cast: Cast) -> None:
    assert post(cast, cast.alice, "remove_member", cast.charlie.pk)[0] == 404
    assert Membership.objects.filter(user=cast.charlie).exists()


@pytest.mark.parametrize("role", ["", "root", "OWNER", "viewer "])
def test_an_odd_role_is_refused(cast: Cast, role: str) -> None:
    _, page = post(cast, cast.alice, "set_role", cast.bob.pk, role=role)
    assert "Choose a role from the list." in page
    assert role_of(cast.project, cast.bob.pk) == EDITOR


def test_a_lone_owner_is_asked_to_invite(cast: Cast) -> None:
    page = squeezed(
        signed_in(cast.charlie)
        .get(project_url(cast, "people").replace(cast.project.id, cast.other_project.id))
        .content.decode()
    )
    assert "You are the only member" in page
    assert ">Invite</button>" in page
    # There is nobody to hand the project to.
    assert "To leave" not in page
    assert "/leave/" not in page
    assert "You are the only member" not in page_of(cast, cast.alice)


def test_the_last_visit_is_recorded_once_a_minute(cast: Cast) -> None:
    forget_visits(cast)
    page = page_of(cast, cast.alice)
    # Alice has been active by opening the page.
    assert page.count(">never<") == 2
    [first] = Membership.objects.filter(user=cast.alice).values_list("last_active_at", flat=True)
    assert first is not None
    page_of(cast, cast.alice)
    [again] = Membership.objects.filter(user=cast.alice).values_list("last_active_at", flat=True)
    assert again == first
    earlier = first - timedelta(seconds=61)
    Membership.objects.filter(user=cast.alice).update(last_active_at=earlier)
    page_of(cast, cast.alice)
    [later] = Membership.objects.filter(user=cast.alice).values_list("last_active_at", flat=True)
    assert later is not None
    assert later > first


def test_what_is_refused_is_no_activity(cast: Cast) -> None:
    forget_visits(cast)
    assert post(cast, cast.vera, "remove_member", cast.alice.pk)[0] == 403
    assert Membership.objects.get(user=cast.vera).last_active_at is None


def test_the_page_takes_as_many_queries_for_fifty_members_as_for_three(cast: Cast) -> None:
    def count() -> int:
        forget_visits(cast)
        with CaptureQueriesContext(connection) as asked:
            page_of(cast, cast.alice)
        return len(asked)

    for number in range(2):
        add_people(cast, f"first-{number}")
    before = count()
    for number in range(50):
        add_people(cast, f"later-{number}")
    assert count() == before


def add_people(cast: Cast, name: str) -> None:
    """Add a member, and an invitation that they have made."""
    user = User.objects.create_user(name, email=f"{name}@example.org", first_name=name * 10)
    Membership.objects.create(project=cast.project, user=user, role=OWNER)
    Invitation.objects.create(
        project=cast.project,
        digest=name,
        role=VIEWER,
        email=f"{name}@example.net",
        days=7,
        invited_by=user,
        expires_at=timezone.now() + timedelta(days=7),
    )


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eeve", "x" * 150, "👩‍🚀 Ann"])
def test_odd_names_are_shown_as_text(cast: Cast, name: str) -> None:
    User.objects.filter(pk=cast.bob.pk).update(first_name=name)
    page = page_of(cast, cast.alice)
    assert "<script>alert" not in page
    # A name is isolated, so that it can't turn the text around it.
    assert re.search(r"<bdi>[^<]*(eve|xxx|Ann|script)", page)
