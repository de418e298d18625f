"""Invitations on the site: the form, the link, the mail, and the page that accepts it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import AuditEntry, Invitation, Membership, Project, VerifiedAddress
from assistants_app.queries.people.members import role_of
from assistants_app.services.people import invitations as services
from playground.logs import LineFormatter
from tests.cast import Cast
from tests.web.pages import project_url, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)
PERSON = {"name": "Dora Diaz", "email": "dora@example.org", "password": "correct horse battery"}
LINK = re.compile(r'id="invitation-link">([^<]+)<')


@pytest.fixture(autouse=True)
def fast_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def invite(cast: Cast, alice: Client, **fields: str) -> tuple[str, str]:
    """Send the form, and return the page and the path of the link on it."""
    given = {"role": EDITOR, "days": "7", "email": "", **fields}
    page = squeezed(alice.post(project_url(cast, "create_invitation"), given).content.decode())
    [link] = LINK.findall(page)
    return page, urlsplit(link).path


def opened(path: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(path)
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def test_the_link_is_shown_once_and_can_be_copied(cast: Cast, alice: Client) -> None:
    page, path = invite(cast, alice)
    link = f"http://127.0.0.1:8000{path}"
    assert f'data-copy-text="{link}"' in page
    assert "Anyone who has it can join, once." in page
    later = alice.get(project_url(cast, "people")).content.decode()
    assert path not in later
    assert "Anyone with the link" in later
    assert AuditEntry.objects.get(verb="create_invitation").details["role"] == EDITOR


def test_a_form_that_is_sent_twice_makes_one_link(cast: Cast, alice: Client) -> None:
    given = {"role": EDITOR, "days": "7", "email": "", "form_id": "form_1"}
    _, path = invite(cast, alice, **given)
    [row] = Invitation.objects.all()
    renew = project_url(cast, "renew_invitation", row.id)
    for address in (project_url(cast, "create_invitation"), renew, renew):
        again = alice.post(address, given, follow=True).content.decode()
    assert "The link was created when this form was sent before." in again
    assert Invitation.objects.count() == 1
    assert AuditEntry.objects.filter(verb="renew_invitation").count() == 1


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    cast: Cast, alice: Client
) -> None:
    given = {"role": VIEWER, "days": "30", "email": "dora@"}
    answer = alice.post(project_url(cast, "create_invitation"), given)
    assert answer.status_code == 422
    page = squeezed(answer.content.decode())
    assert 'id="e-i-email">Enter an e-mail address' in page
    assert 'value="dora@"' in page
    assert '<option value="viewer" selected>' in page
    assert '<option value="30" selected>' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", ""), ("role", "x"), ("days", ""), ("days", "9" * 30), ("email", "x")],
)
def test_odd_fields_are_refused(cast: Cast, alice: Client, field: str, value: str) -> None:
    given = {"role": VIEWER, "days": "7", "email": "", field: value}
    answer = alice.post(project_url(cast, "create_invitation"), given)
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", ["bob", "vera"])
def test_only_owners_invite(cast: Cast, name: str) -> None:
    given = {"role": VIEWER, "days": "7", "email": ""}
    answer = signed_in(getattr(cast, name)).post(project_url(cast, "create_invitation"), given)
    assert answer.status_code == 403


def test_a_new_link_replaces_the_first_and_revoking_ends_it(cast: Cast, alice: Client) -> None:
    _, first = invite(cast, alice)
    [row] = Invitation.objects.all()
    page = squeezed(alice.post(project_url(cast, "renew_invitation", row.id)).content.decode())
    second = urlsplit(LINK.findall(page)[0]).path
    assert Client().get(first).status_code == 410
    opened(second)
    answer = alice.post(project_url(cast, "revoke_invitation", row.id), follow=True)
    assert "Invitation revoked. Its link no longer works." in answer.content.decode()
    assert Client().get(second).status_code == 410
    assert alice.post(project_url(cast, "renew_invitation", row.id)).status_code == 404
    assert {"renew_invitation", "revoke_invitation"} <= set(
        AuditEntry.objects.values_list("verb", flat=True)
    )


def test_the_list_shows_the_state_of_each(cast: Cast, alice: Client) -> None:
    paths = [invite(cast, alice)[1] for _ in range(4)]
    rows = list(Invitation.objects.order_by("pk"))
    signed_in(cast.charlie).post(paths[0])
    alice.post(project_url(cast, "revoke_invitation", rows[1].id))
    Invitation.objects.filter(pk=rows[2].id).update(expires_at=timezone.now())
    Invitation.objects.filter(pk=rows[3].id).update(invited_by=cast.bob)
    invite(cast, alice)
    page = squeezed(alice.get(project_url(cast, "people")).content.decode())
    for state in ("open", "accepted", "revoked", "expired", "not valid"):
        assert f">{state}</span>" in page
    assert '<bdi class="hint">charlie</bdi>' in page
    assert "The inviter is no longer an owner." in page
    assert page.count(">New link</button>") == 3


# --- mail --------------------------------------------------------------------------------------


@pytest.fixture
def mail_server() -> Iterator[None]:
    with override_settings(
        EMAIL_HOST="mail.example.org", EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
    ):
        yield


@pytest.mark.usefixtures("mail_server")
def test_the_link_is_sent_to_the_address(cast: Cast, alice: Client) -> None:
    Project.objects.filter(pk=cast.project.pk).update(name="R&D\nBcc: eve@example.org")
    User.objects.filter(pk=cast.alice.pk).update(first_name="Ann <ann>")
    page, path = invite(cast, alice, email="dora@example.org", role=VIEWER)
    [sent] = mail.outbox
    assert sent.to == ["dora@example.org"]
    assert sent.subject == "Ann <ann> invites you to R&D Bcc: eve@example.org"
    assert f"http://127.0.0.1:8000{path}" in str(sent.body)
    assert "Your role: Viewer." in str(sent.body)
    assert "Invitation sent to dora@example.org." in page
    assert path in page


@pytest.mark.usefixtures("mail_server")
def test_without_an_address_nothing_is_sent(cast: Cast, alice: Client) -> None:
    invite(cast, alice)
    assert mail.outbox == []


@pytest.mark.usefixtures("mail_server")
@pytest.mark.parametrize("fault", [ConnectionRefusedError(), SMTPServerDisconnected("gone")])
def test_a_fault_of_the_mail_server_loses_nothing(
    cast: Cast,
    alice: Client,
    fault: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_args: object) -> None:
        raise fault

    monkeypatch.setattr("assistants_app.web.people.mails.send_mail", fail)
    page, path = invite(cast, alice, email="dora@example.org")
    assert "The mail server didn't accept the mail to dora@example.org." in page
    assert "The mail server took no mail" in caplog.text
    assert path not in caplog.text
    opened(path)


def test_without_a_mail_server_the_log_has_the_mail_without_its_token(
    cast: Cast, alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with override_settings(EMAIL_BACKEND="playground.mail.LogBackend"):
        page, path = invite(cast, alice, email="dora@example.org")
    assert "Send this link to dora@example.org." in page
    assert "this mail to dora@example.org is not sent: alice invites you to A" in caplog.text
    assert "/invitation/[token]/" in caplog.text
    assert path not in caplog.text


# --- accepting ---------------------------------------------------------------------------------


def test_opening_the_link_shows_who_invites_and_changes_nothing(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    for client in (Client(), signed_in(cast.charlie)):
        for _ in range(2):
            page = opened(path, client)
            assert "<bdi>alice</bdi>invites you" in page
            assert "Join<bdi>A</bdi>" in page
            assert "Editor" in page
        assert client.head(path).status_code == 200
    [row] = Invitation.objects.all()
    assert row.accepted_at is None
    assert role_of(cast.project, cast.charlie.pk) == ""


def test_its_answers_keep_the_token_to_themselves(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    for answer in (Client().get(path), Client().post(path), Client().get("/invitation/x/")):
        assert answer["Referrer-Policy"] == "strict-origin"
        assert answer["Cache-Control"] == "no-store"
    done = signed_in(cast.charlie).post(path)
    assert (done.status_code, done["Cache-Control"]) == (302, "no-store")
    assert path not in done["Location"]


def test_somebody_who_is_signed_in_joins_by_the_button(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    charlie = signed_in(cast.charlie)
    assert "You are signed in as charlie." in opened(path, charlie)
    answer = charlie.post(path)
    assert answer["Location"] == reverse("playground", args=[cast.project.id])
    assert role_of(cast.project, cast.charlie.pk) == EDITOR
    [entry] = AuditEntry.objects.filter(verb="accept_invitation")
    assert entry.actor_name == "charlie"
    # Again, as after a double click or from the history.
    assert charlie.post(path)["Location"] == answer["Location"]
    assert charlie.get(path)["Location"] == answer["Location"]


def test_somebody_new_gets_an_account_and_is_signed_in(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    browser = Client()
    assert 'autocomplete="new-password"' in opened(path, browser)
    assert browser.post(path, PERSON).status_code == 302
    page = browser.get(project_url(cast, "people")).content.decode()
    assert "Dora Diaz" in page
    assert "dora@example.org" in page
    later = Client()
    # However people write their address.
    fields = {"username": " Dora@Example.org", "password": PERSON["password"]}
    assert later.post(reverse("sign_in"), fields).status_code == 302


def test_a_wrong_field_keeps_what_was_typed_except_the_password(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    answer = Client().post(path, {**PERSON, "password": "hunter2"})
    page = squeezed(answer.content.decode())
    assert answer.status_code == 422
    assert 'id="e-n-password">This password is too short.' in page
    assert 'value="Dora Diaz"' in page
    assert 'value="dora@example.org"' in page
    assert "hunter2" not in page
    assert not User.objects.filter(email="dora@example.org").exists()


def test_a_bound_address_decides_whose_account_it_is(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice, email="dora@example.org")
    assert re.search(r'value="dora@example.org"[^>]*readonly', opened(path))
    charlie = signed_in(cast.charlie)
    page = opened(path, charlie)
    assert "The invitation is for dora@example.org. You are signed in as charlie" in page
    assert "Accept invitation" not in page
    assert charlie.post(path).status_code == 403
    assert role_of(cast.project, cast.charlie.pk) == ""
    browser = Client()
    assert browser.post(path, {**PERSON, "email": "eve@example.org"}).status_code == 302
    [dora] = User.objects.filter(first_name="Dora Diaz")
    assert dora.email == "dora@example.org"


def test_who_has_an_account_signs_in_and_comes_back(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice, email="dora@example.org")
    dora = User.objects.create_user("dora", email="Dora@example.org", password=PERSON["password"])
    VerifiedAddress.objects.create(email="dora@example.org", user=dora)
    page = opened(path)
    assert "There is an account for dora@example.org. Sign in" in page
    assert "new-password" not in page
    [target] = re.findall(r'href="(/sign-in/\?next=[^"]+)"', page)
    browser = Client()
    fields = {"username": "dora", "password": PERSON["password"], "next": path}
    assert browser.post(target, fields)["Location"] == path
    browser.post(path)
    assert role_of(cast.project, dora.pk) == EDITOR


def test_an_address_that_somebody_else_wrote_into_their_profile_keeps_nobody_out(
    cast: Cast, alice: Client
) -> None:
    _, path = invite(cast, alice, email="dora@example.org")
    User.objects.filter(pk=cast.charlie.pk).update(email="dora@example.org")
    assert "new-password" in opened(path)
    browser = Client()
    assert browser.post(path, PERSON).status_code == 302
    assert role_of(cast.project, User.objects.get(first_name="Dora Diaz").pk) == EDITOR


def test_members_with_as_much_leave_the_invitation_to_others(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    assert "You are a member already. Your role is Editor." in opened(path, signed_in(cast.bob))
    assert signed_in(cast.bob).post(path).status_code == 302
    assert Invitation.objects.get().accepted_at is None
    vera = signed_in(cast.vera)
    assert "Accepting raises your role." in opened(path, vera)
    vera.post(path)
    assert role_of(cast.project, cast.vera.pk) == EDITOR
    entry = AuditEntry.objects.get(verb="accept_invitation")
    assert (entry.actor_name, entry.details["role_before"]) == ("vera", VIEWER)


def end(way: str, cast: Cast, alice: Client, path: str) -> str:
    """End the invitation in some way, and return the path to try."""
    row = Invitation.objects.all()
    if way == "used":
        signed_in(cast.charlie).post(path)
    elif way == "expired":
        row.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif way == "revoked":
        alice.post(project_url(cast, "revoke_invitation", row.get().id))
    elif way == "inviter demoted":
        Membership.objects.filter(user=cast.bob).update(role=OWNER)
        alice.post(project_url(cast, "set_role", str(cast.alice.pk)), {"role": VIEWER})
    else:
        return path[:-3] + ("AB/" if path[-3:] != "AB/" else "CD/")
    return path


@pytest.mark.parametrize("way", ["used", "expired", "revoked", "inviter demoted", "tampered"])
def test_an_ended_invitation_gets_the_same_page_whatever_ended_it(
    cast: Cast, alice: Client, way: str
) -> None:
    _, path = invite(cast, alice)
    path = end(way, cast, alice, path)
    people, members = User.objects.count(), Membership.objects.count()
    unknown = Client().get("/invitation/unknown/").content
    for answer in (Client().get(path), Client().post(path, PERSON)):
        assert answer.status_code == 410
        assert "This invitation doesn't work" in answer.content.decode()
        assert "ask the person who invited you for a new one" in answer.content.decode()
        assert len(answer.content) == len(unknown)
    eve = User.objects.create_user("eve")
    assert signed_in(eve).post(path).status_code == 410
    assert (User.objects.count(), Membership.objects.count()) == (people + 1, members)


@pytest.mark.parametrize("token", ["x" * 5000, "%00", "%FF%FE", "％", "..%2f", "a'b\"<c>"])
def test_odd_tokens_get_that_page(db: None, token: str) -> None:
    answer = Client().get(f"/invitation/{token}/")
    assert answer.status_code in (404, 410)
    assert "<c>" not in answer.content.decode()


def test_the_button_needs_its_forms_token(cast: Cast, alice: Client) -> None:
    _, path = invite(cast, alice)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.charlie)
    assert browser.post(path).status_code == 403
    assert role_of(cast.project, cast.charlie.pk) == ""


def test_no_token_gets_into_the_log(
    cast: Cast, alice: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = invite(cast, alice)
    token = path.split("/")[2]
    caplog.set_level("DEBUG")
    Client(enforce_csrf_checks=True).post(path)
    Client().delete(path)
    signed_in(cast.charlie).post(path)
    monkeypatch.setattr(services, "accept_invitation", None)
    _, other = invite(cast, alice)
    vera = Client(raise_request_exception=False)
    vera.force_login(cast.vera)
    assert vera.post(other).status_code == 500
    lines = [
        LineFormatter("%(levelname)s %(name)s: %(message)s").format(record)
        for record in caplog.records
        if not record.name.startswith("django.db")
    ]
    assert any("accepted the invitation inv_" in line for line in lines)
    assert any("Forbidden" in line for line in lines)
    assert any("Internal Server Error" in line for line in lines)
    assert not any(token in line or other.split("/")[2] in line for line in lines)
