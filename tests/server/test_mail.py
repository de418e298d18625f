"""Mails: the server at a URL, and what the log shows without one."""

import pytest
from django.core.mail import send_mail
from django.test import override_settings

from assistants_app.domain.errors import ConfigurationError
from playground.mail import MailServer

TOKEN = "x" * 30 + "-_" + "Y" * 11


@pytest.mark.parametrize(
    ("url", "port", "starts_tls", "is_tls"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtp+tls://mail.example.org", 587, True, False),
        ("smtps://mail.example.org", 465, False, True),
        ("smtps://mail.example.org:2465", 2465, False, True),
    ],
)
def test_a_url_names_the_mail_server(url: str, port: int, starts_tls: bool, is_tls: bool) -> None:
    server = MailServer.at(url)
    assert (server.host, server.port) == ("mail.example.org", port)
    assert (server.starts_tls, server.is_tls) == (starts_tls, is_tls)
    assert server.backend.startswith("django.")


def test_passwords_in_urls_are_quoted() -> None:
    server = MailServer.at("smtp+tls://ann%40example.org:p%2Fw@host")
    assert (server.user, server.password) == ("ann@example.org", "p/w")


@pytest.mark.parametrize("url", ["smtp://", "smtp://:25", "smtp://ann:secret@host:port"])
def test_a_wrong_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="EMAIL_URL must have a host") as caught:
        MailServer.at(url)
    assert "secret" not in str(caught.value)


def test_without_a_server_the_log_shows_mails_without_their_tokens(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "playground.mail")
    text = f"Open http://127.0.0.1:8000/invitation/{TOKEN}/\nand http://x.org/{TOKEN}"
    with override_settings(EMAIL_BACKEND=MailServer.at("").backend):
        assert send_mail("Ann invites you", text, None, ["bob@example.org"]) == 1
    assert "to bob@example.org is not sent: Ann invites you" in caplog.text
    assert "http://127.0.0.1:8000/invitation/[token]/\nand http://x.org/[token]" in caplog.text
    assert TOKEN not in caplog.text
