"""People confirm the address in their profile with a link that is mailed to it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone
from redis.exceptions import ConnectionError as Away

from assistants_app.models import AddressLink, AuditEntry, VerifiedAddress
from assistants_app.queries.people.members import owns_address
from assistants_app.services.people.accounts import save_profile
from assistants_app.services.people.sessions import end_all_sessions
from assistants_app.services.project import guesses
from tests.cast import Cast
from tests.web.pages import project_url, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

BOB = "bob@example.org"
AGAIN = "Send the link again"


@pytest.fixture
def _mail_server() -> Iterator[None]:
    with override_settings(
        EMAIL_HOST="mail.example.org", EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
    ):
        yield


@pytest.fixture(autouse=True)
def _fresh_counter(cast: Cast) -> None:
    # Counters outlast a test, and the next one may have a person with the same ID.
    guesses._take_back([guesses.address_mails_of(cast.bob)] * 20)


def save(cast: Cast, email: str = BOB, client: Client | None = None) -> str:
    """Save bob's address. Return the page that follows."""
    fields = {"name": "Bob", "email": email}
    browser = client or signed_in(cast.bob)
    return browser.post(project_url(cast, "save_account"), fields, follow=True).content.decode()


def link() -> str:
    """Return the path of the link in the newest mail."""
    found = re.search(r"http\S+?(/p/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.mark.usefixtures("_mail_server")
def test_a_new_address_is_confirmed_with_the_link_in_a_mail(cast: Cast) -> None:
    browser = signed_in(cast.bob)
    page = save(cast, client=browser)
    assert f"We sent a link to {BOB}." in page
    assert AGAIN in page
    [sent] = mail.outbox
    assert sent.to == [BOB]
    assert "The account Bob of Assistants Playground has this e-mail address." in str(sent.body)
    # Opening it changes nothing.
    opened = browser.get(link())
    assert opened.status_code == 200
    assert f"<b>{BOB}</b>" in opened.content.decode()
    assert not owns_address(cast.bob, BOB)
    assert (opened["Referrer-Policy"], opened["Cache-Control"]) == ("strict-origin", "no-store")
    done = browser.post(link(), follow=True).content.decode()
    assert f"{BOB} is confirmed." in done
    assert "Confirmed: this address is yours." in done
    assert AGAIN not in done
    assert owns_address(cast.bob, BOB)
    [entry] = AuditEntry.objects.filter(verb="confirm_address")
    assert (entry.actor_name, entry.details) == ("Bob", {"email": BOB})
    # It works once, and nothing is sent for an address that is confirmed.
    assert browser.get(link()).status_code == browser.post(link()).status_code == 404
    browser.post(project_url(cast, "send_address_link"))
    save(cast, client=browser)
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("_mail_server")
def test_a_link_is_for_the_person_who_asked_for_it(cast: Cast) -> None:
    save(cast)
    assert signed_in(cast.alice).post(link()).status_code == 404
    stranger = Client().post(link())
    assert (stranger.status_code, "sign-in" in stranger["Location"]) == (302, True)
    assert not VerifiedAddress.objects.exists()


@pytest.mark.usefixtures("_mail_server")
@pytest.mark.parametrize("end", ["replaced", "expired", "other address", "signed out", "forged"])
def test_links_end(cast: Cast, end: str) -> None:
    save(cast)
    path = link()
    match end:
        case "replaced":
            signed_in(cast.bob).post(project_url(cast, "send_address_link"))
            assert link() != path
        case "expired":
            AddressLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "other address":
            save_profile(user=User.objects.get(pk=cast.bob.pk), name="", email="eve@example.org")
        case "signed out":
            end_all_sessions(user=cast.bob)
        case "forged":
            path = path.replace(path.split("/")[-2], "x" * 43)
    browser = signed_in(cast.bob)
    assert browser.post(path).status_code == 404
    assert "This link doesn't work." in browser.get(path).content.decode()
    assert not VerifiedAddress.objects.exists()


@pytest.mark.usefixtures("_mail_server")
@pytest.mark.parametrize("way", ["verified", "username"])
def test_an_address_has_one_owner(cast: Cast, way: str) -> None:
    save(cast)
    if way == "verified":
        VerifiedAddress.objects.create(user=cast.vera, email=BOB)
    else:
        User.objects.filter(pk=cast.vera.pk).update(username=BOB.upper())
    refused = signed_in(cast.bob).post(link())
    assert refused.status_code == 422
    assert "This address belongs to another account." in refused.content.decode()
    assert not owns_address(cast.bob, BOB)


@pytest.mark.usefixtures("_mail_server")
def test_nobody_can_send_many_mails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(cast.bob)
    save(cast, client=browser)
    for _ in range(6):
        page = browser.post(project_url(cast, "send_address_link"), follow=True).content.decode()
    assert "You have asked for several mails." in page
    sent = len(mail.outbox)
    assert sent <= 5

    def away(*args: object) -> float:
        raise guesses.CannotCount from Away("gone")

    monkeypatch.setattr(guesses, "count_attempt", away)
    browser.post(project_url(cast, "send_address_link"))
    assert len(mail.outbox) == sent


@pytest.mark.usefixtures("_mail_server")
def test_a_mail_that_is_not_taken_is_no_fault_of_the_profile(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("assistants_app.web.people.mails.send_mail", fail)
    page = save(cast)
    assert "Your account was saved." in page
    assert f"The mail server didn&#x27;t accept the mail to {BOB}." in page


def test_without_a_mail_server_nobody_is_asked_to_open_a_mail(cast: Cast) -> None:
    page = save(cast)
    assert "Nobody has confirmed that this address is yours" in page
    assert AGAIN not in page
    assert "We sent" not in page
    assert mail.outbox == []
    assert not AddressLink.objects.exists()
