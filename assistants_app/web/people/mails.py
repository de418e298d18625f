"""Send mails within a request, so that the page can say whether they were sent."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail

logger = logging.getLogger(__name__)


def send(*, subject: str, text: str, to: str) -> bool:
    """Send a mail. Return whether a mail server took it."""
    # In the request and not in a task, whose arguments are stored: the text has a link.
    try:
        send_mail(subject, text, None, [to])
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("The mail server took no mail: %s", type(error).__name__)
        return False
    return bool(settings.EMAIL_HOST)
