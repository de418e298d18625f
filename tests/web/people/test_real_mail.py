"""Invitations on their way through a mail server that speaks SMTP."""

import email
import re
import socketserver
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from html import unescape
from threading import Thread

import pytest
from django.conf import settings
from django.test import override_settings

from assistants_app.domain.rights import VIEWER
from assistants_app.services.people.accounts import save_profile
from playground.mail import MailServer
from tests.cast import Cast
from tests.web.pages import project_url, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


class _Session(socketserver.StreamRequestHandler):
    """Takes mails, except for those to people named nobody."""

    server: "MailBox"

    def handle(self) -> None:
        self._say(220, "ready")
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            if command == "QUIT":
                self._say(221, "bye")
                return
            if command == "RCPT":
                self.server.recipients.append(line.partition("<")[2].partition(">")[0])
            if command == "RCPT" and "<nobody@" in line:
                self._say(550, "no such mailbox")
            elif command == "DATA":
                self._say(354, "go on")
                lines = iter(self.rfile.readline, b".\r\n")
                mail = email.message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                self.server.mails.append(mail)
                self._say(250, "taken")
            else:
                self._say(250, "ok")

    def _say(self, code: int, text: str) -> None:
        self.wfile.write(f"{code} {text}\r\n".encode())


class MailBox(socketserver.ThreadingTCPServer):
    """A mail server with the mails that it has taken."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    def settings(self) -> dict[str, object]:
        """Return Django's settings for this server."""
        server = MailServer.at(f"smtp://127.0.0.1:{self.server_address[1]}")
        return {
            "EMAIL_BACKEND": server.backend,
            "EMAIL_HOST": server.host,
            "EMAIL_PORT": server.port,
            "EMAIL_TIMEOUT": settings.EMAIL_TIMEOUT,
        }


@pytest.fixture
def mail_box() -> Iterator[MailBox]:
    with MailBox() as box:
        Thread(target=box.serve_forever, daemon=True).start()
        with override_settings(**box.settings()):
            yield box
        box.shutdown()


def invite(cast: Cast, address: str) -> str:
    fields = {"role": VIEWER, "days": "7", "email": address}
    answer = signed_in(cast.alice).post(project_url(cast, "create_invitation"), fields)
    return unescape(answer.content.decode())


def test_the_link_arrives_and_is_that_of_the_page(cast: Cast, mail_box: MailBox) -> None:
    save_profile(user=cast.alice, name="Alice Ångström", email="")
    page = invite(cast, "Dora@Bücher.example")
    assert "Invitation sent to dora@bücher.example." in page
    [mail] = mail_box.mails
    assert mail_box.recipients == ["dora@xn--bcher-kva.example"]
    assert mail["Subject"] == "Alice Ångström invites you to A"
    assert mail["From"] == settings.DEFAULT_FROM_EMAIL
    [link] = re.findall(r"http\S+/invitation/\S+", mail.get_content())
    assert link in page
    assert signed_in(cast.charlie).get(link.removeprefix(settings.PUBLIC_URL)).status_code == 200


def test_a_mailbox_that_is_not_there_is_said_on_the_page(cast: Cast, mail_box: MailBox) -> None:
    page = invite(cast, "nobody@example.org")
    assert "The mail server didn't accept the mail to nobody@example.org." in page
    assert "/invitation/" in page
    assert mail_box.mails == []


def test_a_server_that_is_gone_is_said_on_the_page(cast: Cast, mail_box: MailBox) -> None:
    mail_box.shutdown()
    mail_box.server_close()
    page = invite(cast, "dora@example.org")
    assert "The mail server didn't accept the mail to dora@example.org." in page
