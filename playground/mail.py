"""Mails: the server that takes them, and what happens without one."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from assistants_app.domain.errors import ConfigurationError

logger = logging.getLogger(__name__)

SECONDS = 10  # that a mail server may take, because somebody waits for the page
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
# The last part of a link's path, where its token is.
_TOKEN = re.compile(r"(?<=/)[\w-]{20,}(?=/?(?:\s|$))")


@dataclass(frozen=True, slots=True)
class MailServer:
    """What Django needs to know of a mail server. Without one, `host` is empty."""

    host: str
    port: int
    user: str
    password: str
    starts_tls: bool
    is_tls: bool

    @classmethod
    def at(cls, url: str) -> "MailServer":
        """Return the server at a URL such as ``smtp+tls://USER:PASSWORD@HOST:587``."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = None
            parts = parts._replace(netloc="")
        if url and not parts.hostname:
            # Without the value, which has a password.
            raise ConfigurationError("EMAIL_URL must have a host, and a port that is a number.")
        return cls(
            host=parts.hostname or "",
            port=port or _PORTS.get(parts.scheme, 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            starts_tls=parts.scheme == "smtp+tls",
            is_tls=parts.scheme == "smtps",
        )

    @property
    def backend(self) -> str:
        """The class that sends mails."""
        if not self.host:
            return f"{__name__}.{LogBackend.__name__}"
        return "django.core.mail.backends.smtp.EmailBackend"


class LogBackend(BaseEmailBackend):
    """Writes mails to the log, without the tokens of their links."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Log the mails, and return their number."""
        for mail in email_messages:
            text = _TOKEN.sub("[token]", str(mail.body)).strip()
            logger.info(
                "Without a mail server (EMAIL_URL), this mail to %s is not sent: %s\n%s",
                ", ".join(mail.to),
                mail.subject,
                text,
            )
        return len(email_messages)
