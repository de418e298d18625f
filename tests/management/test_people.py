"""The commands with which operators create people, make owners, and reset access."""

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from assistants_app.domain.rights import OWNER, VIEWER
from assistants_app.models import ApiKey, AuditEntry, Membership, Project, Session, VerifiedAddress
from assistants_app.queries.project.access import user_of_link
from assistants_app.services.project.projects import create_sign_in_link
from tests.cast import Cast
from tests.web.pages import signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def run(*arguments: str, **options: Any) -> str:
    """Run a command, and return what it prints."""
    printed = StringIO()
    call_command(*arguments, stdout=printed, **options)
    return printed.getvalue()


def link_in(printed: str) -> str:
    found = re.search(r"^http://[^/]+(/sign-in/\S+/)$", printed, re.MULTILINE)
    assert found, printed
    return found[1]


def role(project: Project, username: str) -> str:
    return Membership.objects.get(project=project, user__username=username).role


def test_a_person_is_created_and_signs_in_with_the_link(cast: Cast) -> None:
    printed = run(
        *("create_person", "Ann@Example.org", "--name", "Ann  Lee"),
        *("--project", cast.project.id, "--role", "viewer"),
    )
    assert printed.startswith("Created Ann@Example.org.\nRole in A: viewer.\nSign-in link")
    ann = User.objects.get(username="Ann@Example.org")
    assert (ann.get_full_name(), ann.email) == ("Ann Lee", "ann@example.org")
    assert not ann.has_usable_password()
    assert not ann.is_staff
    assert VerifiedAddress.objects.get().user == ann
    assert role(cast.project, ann.username) == VIEWER
    browser = Client()
    assert browser.post(link_in(printed)).status_code == 302
    assert browser.get("/")["Location"].startswith(f"/p/{cast.project.id}/")


def test_a_person_may_have_no_project_and_no_address(cast: Cast) -> None:
    run("create_person", "ann")
    ann = User.objects.get(username="ann")
    assert (ann.email, ann.memberships.count()) == ("", 0)
    assert not VerifiedAddress.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["alice"], "There is already a person named alice."),
        (["ALICE"], "There is already a person named ALICE."),
        (["ann", "--email", "bob@example.org"], "bob@example.org belongs to somebody else."),
        (["ann", "--project", "proj_no"], "There is no project proj_no. The projects are:"),
        ([""], "A username has 1 to 150 characters."),
        (["a\x07b"], "A username has 1 to 150 characters."),
        (["x" * 151], "A username has 1 to 150 characters."),
        (["ann", "--name", "x" * 151], "A name has up to 150 characters."),
    ],
)
def test_nothing_is_created_if_something_is_wrong(
    cast: Cast, arguments: list[str], says: str
) -> None:
    VerifiedAddress.objects.create(email="bob@example.org", user=cast.bob)
    before = User.objects.count()
    with pytest.raises(CommandError) as refused:
        run("create_person", *arguments)
    assert says in str(refused.value)
    assert User.objects.count() == before


def test_a_stranger_and_a_member_become_owners(cast: Cast) -> None:
    run("make_owner", "charlie", cast.project.id)
    assert role(cast.project, "charlie") == OWNER
    Membership.objects.filter(user=cast.bob).update(role=VIEWER)
    printed = run("make_owner", "bob", cast.project.id)
    assert printed == f"bob is an owner of A ({cast.project.id}).\n"
    assert role(cast.project, "bob") == OWNER
    noted = AuditEntry.objects.filter(verb="grant_role").order_by("pk")
    assert [entry.details for entry in noted] == [
        {"from": "", "to": "owner"},
        {"from": "viewer", "to": "owner"},
    ]
    assert {entry.actor for entry in noted} == {""}


def test_the_only_project_needs_no_name(cast: Cast) -> None:
    with pytest.raises(CommandError, match="Name a project. The projects are:"):
        run("make_owner", "bob")
    cast.other_project.delete()
    run("make_owner", "bob")
    assert role(cast.project, "bob") == OWNER


def test_names_do_nothing_in_a_terminal(cast: Cast) -> None:
    Project.objects.filter(pk=cast.project.pk).update(name="A\x1b]0;gone\x07\u202e")
    printed = run("make_owner", "bob", cast.project.id)
    assert printed == f"bob is an owner of A\ufffd]0;gone\ufffd\ufffd ({cast.project.id}).\n"
    with pytest.raises(CommandError) as refused:
        run("make_owner", "bob", "proj_\x1b")
    assert "\x1b" not in str(refused.value)
    User.objects.filter(pk=cast.bob.pk).update(username="bob\x1b[2J")
    signed_in(cast.bob)
    assert "\x1b" not in run("list_sessions")
    person = run("create_person", "ann", "--project", cast.project.id)
    assert "\x1b" not in person


def test_an_operator_vouches_for_an_address(cast: Cast) -> None:
    assert run("verify_address", "bob", "Bob@Example.org") == "bob@example.org belongs to bob.\n"
    assert VerifiedAddress.objects.get(email="bob@example.org").user == cast.bob
    [entry] = AuditEntry.objects.filter(verb="verify_address")
    assert (entry.actor, entry.target_name) == ("", "bob")
    User.objects.create_user("eve@example.org")
    for taken in ("bob@example.org", "EVE@example.org"):
        with pytest.raises(CommandError, match="belongs to somebody else"):
            run("verify_address", "vera", taken)
    with pytest.raises(CommandError, match="is no e-mail address"):
        run("verify_address", "vera", "vera")


@pytest.mark.parametrize("command", ["make_owner", "reset_access", "list_sessions"])
def test_an_unknown_person_is_refused(cast: Cast, command: str) -> None:
    with pytest.raises(CommandError, match="There is nobody with the username nobody"):
        run(command, "nobody")


def test_access_is_reset(cast: Cast) -> None:
    cast.bob.set_password("correct horse battery")
    cast.bob.save()
    stolen, alices = signed_in(cast.bob), signed_in(cast.alice)
    old = create_sign_in_link(user=cast.bob)
    ApiKey.objects.create(project=cast.project, user=cast.bob, name="k", digest="d", last_four="1")
    printed = run("reset_access", "bob")
    assert printed.startswith("Ended sessions: 1. The password was removed.\n")
    assert "API keys that still work: 1. --keys revokes them." in printed
    assert stolen.get("/")["Location"].startswith("/sign-in/")
    assert alices.get("/")["Location"].startswith("/p/")
    assert user_of_link(old) is None
    cast.bob.refresh_from_db()
    assert not cast.bob.has_usable_password()
    assert Client().post(link_in(printed)).status_code == 302
    printed = run("reset_access", "bob", "--keys", "--no-link")
    assert "Revoked API keys: 1." in printed
    assert "http" not in printed
    assert not ApiKey.objects.filter(user=cast.bob, revoked_at=None).exists()
    assert ApiKey.objects.filter(user=None, revoked_at=None).exists()


def test_a_deactivated_person_gets_no_link(cast: Cast) -> None:
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert "bob is deactivated, so there is no sign-in link." in run("reset_access", "bob")


def test_sessions_are_listed(cast: Cast) -> None:
    assert run("list_sessions") == "Nobody is signed in.\n"
    signed_in(cast.alice)
    signed_in(cast.bob)
    seen = timezone.now().replace(2026, 11, 2, 9, 30)
    Session.objects.filter(user=cast.alice).update(
        device=FIREFOX, address="192.0.2.1", signed_in_at=seen, last_seen_at=seen
    )
    expired = signed_in(cast.charlie)
    Session.objects.filter(pk=expired.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    printed = run("list_sessions")
    assert [line.split()[0] for line in printed.splitlines()] == ["PERSON", "bob", "alice"]
    assert str(expired.session.session_key) not in printed
    assert run("list_sessions", "alice").splitlines() == [
        "PERSON  DEVICE            ADDRESS    SIGNED IN (UTC)   LAST SEEN (UTC)",
        "alice   Firefox on Linux  192.0.2.1  2026-11-02 09:30  2026-11-02 09:30",
    ]
