"""Where a request comes from, and the message for people who have to wait."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.services.project import guesses


def address_of(request: HttpRequest) -> str:
    """Return the client's address, or its network for IPv6, or "" if it is unknown."""
    forwarded_for = request.headers.get("x-forwarded-for", "")
    return guesses.address_of(request.META.get("REMOTE_ADDR", ""), forwarded_for)


def too_many(seconds: int) -> str:
    """Return the message for somebody whose next password has to wait."""
    if seconds < 120:
        words = ngettext(
            "Too many wrong passwords. Wait %(count)d second, then try again.",
            "Too many wrong passwords. Wait %(count)d seconds, then try again.",
            seconds,
        )
        return words % {"count": seconds}
    minutes = -(-seconds // 60)
    return _("Too many wrong passwords. Wait %(count)d minutes, then try again.") % {
        "count": minutes
    }
