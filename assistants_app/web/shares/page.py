"""The public pages of share links. They need no account, and show only what is shared."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assistants_app.domain.errors import PlaygroundError
from assistants_app.models import Share
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.shares.shares import find_share
from assistants_app.rendering.shares.page import shared_items
from assistants_app.services.project.guesses import address_of
from assistants_app.services.shares.showing import what_it_shows
from assistants_app.services.shares.visits import count_visit, count_wrong_token
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.web.file_bytes import bytes_response
from assistants_app.web.http import whole_number
from assistants_app.web.open_downloads import LinkAccess, changes_until_now, while_allowed
from assistants_app.wire.shares import public_snapshot

ITEMS = 50  # of a page
# No form, no frame, no connection, and only this site's own scripts, which draw formulas and times.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    # The link is a secret, which the sites that it leads to must not get.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
}
View = Callable[..., HttpResponseBase]


class _NotShown(PlaygroundError):
    """Raised for what the link doesn't show."""


def shared_view(view: View) -> View:
    """Decorate a view of a share link, which gets the share and what it shows.

    Links that don't work get the same page, whatever the reason. Each address has a limit.
    """

    @require_safe
    @wraps(view)
    def inner(request: HttpRequest, token: str, **captured: Any) -> HttpResponseBase:
        changes = changes_until_now()
        share = share_or_refusal(request, token)
        if isinstance(share, HttpResponse):
            return with_headers(share)
        try:
            response = view(request, share, what_it_shows(share), token=token, **captured)
        except _NotShown:
            response = _gone()
        access = LinkAccess(share.project_id, share.pk)
        until = share.expires_at
        return with_headers(while_allowed(request, response, access, since=changes, until=until))

    return inner


def share_or_refusal(request: HttpRequest, token: str) -> Share | HttpResponse:
    """Return the share, or the response to an address that has to wait or has no working link."""
    forwarded_for = request.headers.get("x-forwarded-for", "")
    address = address_of(request.META.get("REMOTE_ADDR", ""), forwarded_for)
    if wait := count_visit(address):
        return _refused(wait)
    if share := find_share(token):
        return share
    wait = count_wrong_token(address)
    return _refused(wait) if wait else _gone()


def with_headers(response: HttpResponseBase, **others: str) -> HttpResponseBase:
    """Return the response with the headers of all that belongs to a link."""
    for name, value in {**HEADERS, **others}.items():
        response[name] = value
    if not response.has_header("Content-Security-Policy"):
        response["Content-Security-Policy"] = POLICY
    return response


def _gone() -> HttpResponse:
    context = {
        "title": _("This link doesn't work"),
        "text": _("It may have expired or been revoked. Ask the person who sent it for another."),
    }
    # Without the request: nobody's session has a part in it.
    return HttpResponse(render_to_string("shares/gone.html", context), status=404)


def _refused(wait: int) -> HttpResponse:
    context = {
        "title": _("Too many requests"),
        "text": _("Wait %(seconds)d seconds, then try again.") % {"seconds": wait},
    }
    page = render_to_string("shares/gone.html", context)
    return HttpResponse(page, status=429, headers={"Retry-After": str(wait)})


@shared_view
def share(request: HttpRequest, share: Share, shown: dict[str, Any], *, token: str) -> HttpResponse:
    """Show what the link shows, some messages at a time."""
    number = max(whole_number(request.GET.get("page", "")) or 1, 1)
    first = (number - 1) * ITEMS
    items = shown["items"][first : first + ITEMS]
    url = reverse("share", args=[token])
    context = {
        "token": token,
        "title": shown["title"],
        "instructions": shown["instructions"],
        "items": shared_items(shown, items, first, lambda file: _file_url(token, file)),
        "created_at": share.created_at,
        "follows": share.follows,
        "previous": f"{url}?page={number - 1}" if first else "",
        "next": f"{url}?page={number + 1}" if first + ITEMS < len(shown["items"]) else "",
    }
    return HttpResponse(render_to_string("shares/page.html", context))


@shared_view
def share_json(
    request: HttpRequest, share: Share, shown: dict[str, Any], *, token: str
) -> HttpResponse:
    """Return what the link shows as JSON."""
    return JsonResponse(public_snapshot(shown), json_dumps_params={"ensure_ascii": False})


@shared_view
def share_file(
    request: HttpRequest, share: Share, shown: dict[str, Any], *, token: str, number: str
) -> HttpResponseBase:
    """Return the bytes of a file that the link shows."""
    shared = shown["files"].get(number)
    # Its row, because the file may have been deleted or have expired since the snapshot.
    file = files_by_id(share.project_id, [shared["id"]]).get(shared["id"]) if shared else None
    if shared is None or file is None:
        raise _NotShown
    try:
        chunks = byte_store().read(file.id)
    except BytesMissing:
        raise _NotShown from None
    return bytes_response(chunks, shared["name"], file.mime_type, file.bytes)


def _file_url(token: str, number: str) -> str:
    return reverse("share_file", args=[token, number])
