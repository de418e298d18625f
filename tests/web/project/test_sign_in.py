"""The form for a password, and what slows guesses down."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as Away

from assistants_app.models import AuditEntry, Membership, Project, SignInLink, VerifiedAddress
from assistants_app.redis_client import client as redis
from assistants_app.services.project import guesses
from assistants_app.services.project.projects import create_sign_in_link
from tests.cast import strange_address
from tests.live import form_token

PASSWORD = "correct horse battery"
# Each of the real one takes a fifth of a second, on purpose.
FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def fast_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=FAST):
        yield


@pytest.fixture
def owner(db: None) -> User:
    # A name of its own, because counters outlast a test.
    return User.objects.create_user(uuid4().hex, password=PASSWORD)


@pytest.fixture
def stranger() -> str:
    """An address that no other test uses."""
    return strange_address()


def sign_in(browser: Client, user: User, password: str, address: str) -> Any:
    fields = {"username": user.username, "password": password, "next": "/style/"}
    return browser.post(reverse("sign_in"), fields, REMOTE_ADDR=address)


def test_wrong_passwords_make_the_next_attempt_wait(owner: User, stranger: str) -> None:
    browser = Client()
    for _ in range(5):
        wrong = sign_in(browser, owner, "wrong", stranger)
        assert wrong.status_code == 200
        assert "Incorrect username or password." in wrong.content.decode()
    # Even the right one, so that the response reveals nothing.
    refused = sign_in(browser, owner, PASSWORD, stranger)
    page = refused.content.decode()
    assert refused.status_code == 429
    assert refused["Retry-After"] == "1"
    assert "Too many wrong passwords. Wait 1 second, then try again." in page
    assert "<code>make link</code>" in page
    assert 'name="next" value="/style/"' in page
    assert "Incorrect" not in page
    redis().hset(guesses.by_account(owner.username).key, "until", 0)
    assert sign_in(browser, owner, PASSWORD, stranger).status_code == 302


def test_the_log_says_who_signs_in_and_who_fails_but_no_name_that_was_typed(
    owner: User, stranger: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "assistants_app.web.project.accounts")
    address = guesses.address_of(stranger, "")
    for _ in range(6):
        sign_in(Client(), User(username="hunter2"), "wrong", stranger)
    redis().delete(guesses.by_address(address).key, guesses.by_account("hunter2").key)
    sign_in(Client(), owner, PASSWORD, stranger)
    Client().get(reverse("use_sign_in_link", args=["wrong"]), REMOTE_ADDR=stranger)
    assert f"A wrong password came from {address}." in caplog.text
    assert f"A password from {address} has to wait 1 s." in caplog.text
    assert f"User {owner.pk} signed in with a password from {address}." in caplog.text
    assert f"A sign-in link that doesn't work came from {address}." in caplog.text
    assert "hunter2" not in caplog.text


def test_a_sign_in_is_noted_in_all_projects_of_the_person(owner: User, stranger: str) -> None:
    projects = [Project.objects.create(name=name) for name in ("A", "B", "gone", "of others")]
    for project in projects[:3]:
        Membership.objects.create(user=owner, project=project, role="viewer")
    Project.objects.filter(name="gone").update(deleted_at=timezone.now())
    browser = Client()
    sign_in(browser, owner, "wrong", stranger)
    assert not AuditEntry.objects.exists()
    sign_in(browser, owner, PASSWORD, stranger)
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.project_id for entry in entries] == [project.pk for project in projects[:2]]
    assert {(entry.verb, entry.actor_name, entry.address) for entry in entries} == {
        ("sign_in", owner.username, stranger.removesuffix("1") + "/64")
    }
    browser.post(reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)]))
    ways = [entry.details["way"] for entry in entries.all()]
    assert ways == ["a password"] * 2 + ["a link"] * 2


@pytest.mark.parametrize("typed", ["ANN-{0}@Example.org", " ann-{0}@example.org "])
def test_a_username_is_found_in_capital_and_in_small_letters(
    db: None, stranger: str, typed: str
) -> None:
    number = uuid4().hex
    User.objects.create_user(f"ann-{number}@example.org", password=PASSWORD)
    person = User(username=typed.format(number))
    assert sign_in(Client(), person, PASSWORD, stranger).status_code == 302


def test_of_two_names_that_differ_in_capitals_the_typed_one_counts(db: None, stranger: str) -> None:
    small = f"ann-{uuid4().hex}"
    for name in (small, small.upper()):
        User.objects.create_user(name, password=f"{PASSWORD} of {name}")
    for name in (small, small.upper()):
        person = User(username=name)
        assert sign_in(Client(), person, f"{PASSWORD} of {name}", stranger).status_code == 302
    neither = User(username=small.capitalize())
    assert sign_in(Client(), neither, f"{PASSWORD} of {small}", stranger).status_code == 200


@pytest.mark.parametrize("is_verified", [True, False])
def test_an_e_mail_address_signs_in(owner: User, stranger: str, is_verified: bool) -> None:
    address = f"{uuid4().hex}@example.org"
    User.objects.filter(pk=owner.pk).update(email=address)
    other = User.objects.create_user(uuid4().hex, password="another horse battery")
    if is_verified:
        VerifiedAddress.objects.create(email=address, user=owner)
        # Anybody can write it into a profile.
        User.objects.filter(pk=other.pk).update(email=address)
    person = User(username=f" {address.upper()} ")
    assert sign_in(Client(), person, "another horse battery", stranger).status_code == 200
    browser = Client()
    assert sign_in(browser, person, PASSWORD, stranger).status_code == 302
    assert browser.session["_auth_user_id"] == str(owner.pk)


def test_an_address_in_two_profiles_signs_nobody_in(owner: User, stranger: str) -> None:
    address = f"{uuid4().hex}@example.org"
    other = User.objects.create_user(uuid4().hex, password=PASSWORD)
    User.objects.filter(pk__in=[owner.pk, other.pk]).update(email=address)
    assert sign_in(Client(), User(username=address), PASSWORD, stranger).status_code == 200
    # Nor may it take the place of a username.
    User.objects.filter(pk=other.pk).update(username=address)
    browser = Client()
    assert sign_in(browser, User(username=address), PASSWORD, stranger).status_code == 302
    assert browser.session["_auth_user_id"] == str(other.pk)


def test_guesses_at_an_account_count_together_under_all_its_names(
    owner: User, stranger: str
) -> None:
    address = f"{uuid4().hex}@example.org"
    User.objects.filter(pk=owner.pk).update(email=address)
    for name in (owner.username, address, address.upper(), owner.username, address):
        assert sign_in(Client(), User(username=name), "wrong", stranger).status_code == 200
    assert sign_in(Client(), owner, PASSWORD, stranger).status_code == 429


def test_long_waits_are_in_minutes(owner: User, stranger: str) -> None:
    address = guesses.address_of(stranger, "")
    redis().hset(guesses.by_address(address).key, "until", 2**42)
    page = sign_in(Client(), owner, PASSWORD, stranger).content.decode()
    assert " minutes, then try again." in page
    redis().delete(guesses.by_address(address).key)


def test_the_owner_signs_in_while_a_stranger_guesses(owner: User, stranger: str) -> None:
    browser = Client()
    assert sign_in(browser, owner, PASSWORD, stranger).status_code == 302
    cookie = browser.cookies[settings.DEVICE_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["path"] == "/sign-in/"
    browser.post(reverse("sign_out"))
    for _ in range(8):
        sign_in(Client(), owner, "wrong", stranger)
    assert sign_in(Client(), owner, PASSWORD, stranger).status_code == 429
    assert sign_in(browser, owner, PASSWORD, stranger).status_code == 302


def test_a_link_makes_a_device_known_and_never_waits(owner: User, stranger: str) -> None:
    for _ in range(8):
        sign_in(Client(), owner, "wrong", stranger)
    browser = Client()
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    assert browser.post(link, REMOTE_ADDR=stranger).status_code == 302
    browser.post(reverse("sign_out"))
    assert sign_in(browser, owner, PASSWORD, stranger).status_code == 302


def test_right_passwords_never_wait(owner: User, stranger: str) -> None:
    for _ in range(12):
        assert sign_in(Client(), owner, PASSWORD, stranger).status_code == 302


def test_an_unknown_name_waits_like_a_known_one(db: None, stranger: str) -> None:
    nobody = User(username=uuid4().hex)
    found = [sign_in(Client(), nobody, "wrong", stranger).status_code for _ in range(6)]
    assert found == [200] * 5 + [429]


def test_opening_a_link_does_not_use_it_up(owner: User) -> None:
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    for _ in range(3):
        scanner = Client()
        page = scanner.get(link)
        assert page.status_code == 200
        assert f"signs you in as <b>{owner.username}</b>" in page.content.decode()
        assert "_auth_user_id" not in scanner.session
        assert page["Cache-Control"] == "no-store"
        # The token is in the path, which no other request may name.
        assert page["Referrer-Policy"] == "strict-origin"
    assert Client().head(link).status_code == 405


def test_the_button_of_a_link_signs_in_once(owner: User) -> None:
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    browser = Client()
    assert browser.post(link)["Location"] == "/"
    assert browser.session["_auth_user_id"] == str(owner.pk)
    for again in (browser.post(link), browser.get(link), Client().post(link)):
        assert again.status_code == 410
    assert "Open the playground" in browser.get(link).content.decode()
    assert "Sign in with a password" in Client().get(link).content.decode()


def test_the_button_of_a_link_needs_the_token_of_its_form(owner: User) -> None:
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(link).status_code == 403
    form = {"csrfmiddlewaretoken": form_token(browser.get(link).content.decode())}
    assert browser.post(link, form).status_code == 302


def test_an_expired_link_and_a_link_of_an_inactive_user_do_nothing(owner: User) -> None:
    expired = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(expired).status_code == 410
    assert Client().get(expired).status_code == 410
    barred = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert Client().post(barred).status_code == 410
    assert Client().get(barred).status_code == 410


def test_a_link_names_both_when_it_would_change_who_is_signed_in(owner: User) -> None:
    other = User.objects.create_user(uuid4().hex)
    browser = Client()
    browser.force_login(other)
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    page = browser.get(link).content.decode()
    assert f"You are signed in as <b>{other.username}</b> now." in page
    browser.post(link)
    assert browser.session["_auth_user_id"] == str(owner.pk)


def test_links_that_do_not_work_make_the_next_one_wait(owner: User, stranger: str) -> None:
    address = guesses.address_of(stranger, "")
    wrong = reverse("use_sign_in_link", args=["wrong"])
    right = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    for _ in range(guesses.tokens_by_address(address).free):
        assert Client().post(wrong, REMOTE_ADDR=stranger).status_code == 410
    refused = Client().post(right, REMOTE_ADDR=stranger)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "1"
    assert "Wait 1 second, then try again." in refused.content.decode()
    assert Client().get(wrong).status_code == 410, "another address doesn't wait"
    redis().hset(guesses.tokens_by_address(address).key, "until", 0)
    assert Client().post(right, REMOTE_ADDR=stranger).status_code == 302


def test_links_that_work_never_wait(owner: User, stranger: str) -> None:
    for _ in range(25):
        link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
        assert Client().get(link, REMOTE_ADDR=stranger).status_code == 200
        assert Client().post(link, REMOTE_ADDR=stranger).status_code == 302


def test_without_redis_links_still_work(
    owner: User, stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def eval(self, *arguments: object) -> None:
            raise Away("gone")

    monkeypatch.setattr(guesses, "client", Gone)
    refused = sign_in(Client(), owner, PASSWORD, stranger)
    assert refused.status_code == 503
    assert "Try again in a minute, or use a sign-in link." in refused.content.decode()
    link = reverse("use_sign_in_link", args=[create_sign_in_link(user=owner)])
    assert Client().get(link).status_code == 200
    assert Client().post(link).status_code == 302
