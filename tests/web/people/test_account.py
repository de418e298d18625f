"""A person's account: profile, password, and the end of sessions."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as Away

from assistants_app.events import access
from assistants_app.models import AuditEntry, Session, SignInLink, VerifiedAddress
from assistants_app.queries.people.sessions import session_id
from assistants_app.queries.project.access import digest, session_user
from assistants_app.services.project import guesses
from assistants_app.services.project.projects import create_sign_in_link
from tests.cast import Cast, strange_address
from tests.web.pages import project_url, signed_in, squeezed

OLD, NEW = "correct horse battery", "a very different one"
FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture(autouse=True)
def fast_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=FAST):
        yield


@pytest.fixture
def alice(cast: Cast) -> User:
    # A name of its own, because counters of passwords outlast a test.
    cast.alice.username = uuid4().hex
    cast.alice.set_password(OLD)
    cast.alice.save()
    return cast.alice


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[access.AccessChange]:
    """The changes of access that all processes get to know."""
    published: list[access.AccessChange] = []
    monkeypatch.setattr(access, "_publish", published.append)
    return published


def new_password(
    cast: Cast, client: Client, old: str = OLD, new: str = NEW, again: str = "", **more: Any
) -> Any:
    fields = {"old_password": old, "new_password1": new, "new_password2": again or new}
    address = strange_address()
    return client.post(project_url(cast, "set_password"), fields, REMOTE_ADDR=address, **more)


def is_signed_in(client: Client) -> bool:
    return bool(client.get("/")["Location"].startswith("/p/"))


def test_a_name_and_an_address_are_saved(cast: Cast) -> None:
    client = signed_in(cast.bob)
    fields = {"name": "  Bob   de\u202e Bouwer ", "email": " Bob@example.org "}
    saved = client.post(project_url(cast, "save_account"), fields, follow=True)
    assert "Your account was saved." in saved.content.decode()
    cast.bob.refresh_from_db()
    assert (cast.bob.get_full_name(), cast.bob.email) == ("Bob de Bouwer", "bob@example.org")
    assert 'value="Bob de Bouwer"' in squeezed(saved.content.decode())
    hint = "Nobody has confirmed that this address is yours"
    assert hint in saved.content.decode()
    VerifiedAddress.objects.create(user=cast.bob, email="bob@example.org")
    assert hint not in client.get(project_url(cast, "account")).content.decode()


def test_changes_of_an_account_are_noted(cast: Cast, alice: User) -> None:
    client = signed_in(alice)
    fields = {"name": "Alice", "email": "alice@example.org"}
    for _ in range(2):
        client.post(project_url(cast, "save_account"), fields)
    assert new_password(cast, client).status_code == 302
    entries = AuditEntry.objects.filter(verb__startswith="change_").order_by("pk")
    assert [(entry.verb, entry.actor_name) for entry in entries] == [
        ("change_account", "Alice"),
        ("change_password", "Alice"),
    ]
    assert entries[0].details == {
        "email": {"from": "", "to": "alice@example.org"},
        "name": {"from": "", "to": "Alice"},
    }
    assert entries[0].address == "127.0.0.1"
    assert NEW not in str(entries[1].details)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "x" * 151, "at most 150 characters"),
        ("email", "nobody", "such as ada@example.org"),
        ("email", "a@b", "such as ada@example.org"),
        ("email", f"{'x' * 250}@example.org", "such as ada@example.org"),
    ],
)
def test_a_wrong_profile_is_refused_under_its_field(
    cast: Cast, field: str, value: str, says: str
) -> None:
    refused = signed_in(cast.bob).post(project_url(cast, "save_account"), {field: value})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert says in page.split(f'id="e-a-{field}"')[1].split("</p>")[0]
    cast.bob.refresh_from_db()
    assert (cast.bob.first_name, cast.bob.email) == ("", "")


def test_a_new_password_ends_other_sessions_and_links(
    cast: Cast,
    alice: User,
    changes: list[access.AccessChange],
    django_capture_on_commit_callbacks: Any,
) -> None:
    here, stolen = signed_in(alice), signed_in(alice)
    stolen_key = str(stolen.session.session_key)
    bob = signed_in(cast.bob)
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=alice)])
    bobs_link = reverse("use_sign_in_link", args=[create_sign_in_link(user=cast.bob)])
    with django_capture_on_commit_callbacks(execute=True):
        changed = new_password(cast, here)
    assert changed.status_code == 302
    assert [change.user_id for change in changes] == [alice.pk]
    assert is_signed_in(here)
    assert not is_signed_in(stolen)
    assert session_user(stolen_key) is None
    assert not Session.objects.filter(pk=stolen_key).exists()
    assert Client().post(link).status_code == 410
    assert is_signed_in(bob)
    assert Client().post(bobs_link).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_a_stolen_row_of_a_session_is_worth_nothing_after_a_new_password(
    cast: Cast, alice: User
) -> None:
    stolen = signed_in(alice)
    row = Session.objects.get(pk=stolen.session.session_key)
    new_password(cast, signed_in(alice))
    row.save()
    assert session_user(row.pk) is None
    assert not is_signed_in(stolen)


@pytest.mark.parametrize(
    ("old", "new", "again", "field", "says"),
    [
        ("wrong", NEW, NEW, "a-old", "incorrectly"),
        (OLD, NEW, "another one", "a-again", "match"),
        (OLD, "password", "password", "a-again", "too common"),
        (OLD, "x7", "x7", "a-again", "too short"),
    ],
)
def test_a_password_is_refused_under_its_field(
    cast: Cast, alice: User, old: str, new: str, again: str, field: str, says: str
) -> None:
    here, other = signed_in(alice), signed_in(alice)
    refused = new_password(cast, here, old, new, again)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert says in page.split(f'id="e-{field}"')[1].split("</p>")[0]
    assert f'value="{new}"' not in page
    assert is_signed_in(other)
    alice.refresh_from_db()
    assert alice.check_password(OLD)


def test_a_stolen_session_can_not_guess_the_password(cast: Cast, alice: User) -> None:
    stolen = signed_in(alice)
    for _ in range(5):
        assert new_password(cast, stolen, "wrong").status_code == 422
    refused = new_password(cast, stolen, OLD)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "1"
    assert "Wait 1 second, then try again." in refused.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(OLD)


def test_wrong_new_passwords_count_as_no_guesses(cast: Cast, alice: User) -> None:
    here = signed_in(alice)
    for _ in range(8):
        assert new_password(cast, here, OLD, "x7").status_code == 422
    assert new_password(cast, here).status_code == 302


def test_without_redis_no_password_is_changed(
    cast: Cast, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def eval(self, *arguments: object) -> None:
            raise Away("gone")

    here = signed_in(alice)
    monkeypatch.setattr(guesses, "client", Gone)
    refused = new_password(cast, here)
    assert refused.status_code == 503
    assert "Try again in a minute." in refused.content.decode()


def test_a_first_password_needs_no_earlier_one(cast: Cast) -> None:
    client = signed_in(cast.bob)
    assert "Set password" in client.get(project_url(cast, "account")).content.decode()
    assert new_password(cast, client, old="").status_code == 302
    assert "Change password" in client.get(project_url(cast, "account")).content.decode()


def test_sessions_are_listed_without_their_keys(cast: Cast) -> None:
    here, phone = signed_in(cast.bob), signed_in(cast.bob)
    Session.objects.filter(pk=phone.session.session_key).update(
        device=FIREFOX, address="192.0.2.4", last_seen_at=timezone.now() - timedelta(minutes=5)
    )
    signed_in(cast.alice)
    gone = signed_in(cast.bob)
    Session.objects.filter(pk=gone.session.session_key).update(expire_date=timezone.now())
    page = squeezed(here.get(project_url(cast, "account")).content.decode())
    assert page.count("<tr>") == 1 + 2
    assert "Firefox on Linux" in page
    assert "192.0.2.4" in page
    assert "5 minutes ago" in page.replace("\xa0", " ")
    assert page.count("this session") == 1
    for client in (here, phone):
        assert str(client.session.session_key) not in page


def test_one_session_is_ended(
    cast: Cast, changes: list[access.AccessChange], django_capture_on_commit_callbacks: Any
) -> None:
    here, phone = signed_in(cast.bob), signed_in(cast.bob)
    page = here.get(project_url(cast, "account")).content.decode()
    [path] = re.findall(r'action="(/p/[^"]+/end/)#sessions"', page)
    key = str(phone.session.session_key)
    with django_capture_on_commit_callbacks(execute=True):
        assert here.post(path).status_code == 302
    assert [change.session for change in changes] == [digest(key)]
    assert not is_signed_in(phone)
    assert is_signed_in(here)
    assert here.post(path).status_code == 404


def test_nobody_ends_the_session_of_another_person(cast: Cast) -> None:
    alices = signed_in(cast.alice)
    path = project_url(cast, "end_session", session_id(str(alices.session.session_key)))
    assert signed_in(cast.bob).post(path).status_code == 404
    assert is_signed_in(alices)


def test_signing_out_everywhere_ends_all_sessions_and_links(
    cast: Cast, changes: list[access.AccessChange], django_capture_on_commit_callbacks: Any
) -> None:
    here, stolen, alices = signed_in(cast.bob), signed_in(cast.bob), signed_in(cast.alice)
    create_sign_in_link(user=cast.bob)
    rows = list(Session.objects.filter(user=cast.bob))
    with django_capture_on_commit_callbacks(execute=True):
        gone = here.post(project_url(cast, "sign_out_everywhere"))
    assert gone["Location"] == reverse("sign_in")
    assert [change.user_id for change in changes] == [cast.bob.pk]
    assert not is_signed_in(here)
    assert not is_signed_in(stolen)
    assert is_signed_in(alices)
    assert not SignInLink.objects.exists()
    # A request of the stolen session that was under way can't bring its row back.
    assert not Session.objects.filter(pk__in=[row.pk for row in rows]).exists()


def test_the_page_takes_as_many_queries_for_many_sessions(cast: Cast) -> None:
    client = signed_in(cast.bob)
    url = project_url(cast, "account")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(20):
        signed_in(cast.bob)
    with CaptureQueriesContext(connection) as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few)


def test_old_sessions_are_removed_at_a_sign_in(cast: Cast) -> None:
    signed_in(cast.alice)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    Client().post(reverse("use_sign_in_link", args=[create_sign_in_link(user=cast.bob)]))
    assert list(Session.objects.values_list("user_id", flat=True)) == [cast.bob.pk]


def test_fields_with_errors_are_marked(cast: Cast) -> None:
    refused = signed_in(cast.bob).post(project_url(cast, "save_account"), {"email": "x"})
    page = squeezed(refused.content.decode())
    assert 'aria-describedby="e-a-email" aria-invalid="true"' in page
