"""What the site's views share: access checks, form values, redirects and downloads."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import Context, copy_context
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import ApiError, Forbidden, NotFound
from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.faults import refusal_after
from assistants_app.models import Project
from assistants_app.pace import pace
from assistants_app.queries.project.access import Visit, get_membership
from assistants_app.services.acting import acting, actor_of_member
from assistants_app.services.audit import coming_from
from assistants_app.services.people.members import record_visit
from assistants_app.services.project.guesses import address_of
from assistants_app.web.kept_text import sign_in_first
from assistants_app.web.open_downloads import MemberAccess, changes_until_now, while_allowed

FAULT_PAGES = (503, 507)
_REASONS = {
    VIEWER: gettext_lazy("Only members of this project can do this."),
    EDITOR: gettext_lazy(
        "You can read, comment and rate in this project. To change or run something, ask an owner "
        "to make you an editor."
    ),
    OWNER: gettext_lazy("Only owners of this project can do this. Ask one of them."),
}

AnyResponse = TypeVar("AnyResponse", bound=HttpResponseBase)


def signed_in(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
    """Decorate a view for people who are signed in. Others are led to the sign-in page."""

    @wraps(view)
    def inner(request: HttpRequest, *arguments: Any, **captured: Any) -> AnyResponse:
        if not request.user.is_authenticated:
            return cast(AnyResponse, sign_in_first(request))
        return view(request, *arguments, **captured)

    return inner


def project_view(
    *methods: str, verb: str | dict[str, str], gone: Callable[[], HttpResponse] | None = None
) -> Callable[[Callable[..., AnyResponse]], Callable[..., AnyResponse]]:
    """Return a decorator for a view of a project that accepts these HTTP methods.

    The view gets the request and the project. Users who are signed out go to the sign-in page.
    Members need the right to `verb` (`domain/rights.py`), which may be another one for each method.
    `gone` answers a page that asks again by itself about something that has been deleted since. A
    404 would be an error that nobody has caused.
    """
    verbs = verb if isinstance(verb, dict) else dict.fromkeys(methods, verb)

    def decorate(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
        @signed_in
        @require_http_methods(methods)
        @wraps(view)
        def inner(request: HttpRequest, project_id: str, **captured: Any) -> AnyResponse:
            is_member = False
            changes = changes_until_now()
            try:
                membership = get_membership(request.user, project_id)
                is_member = True
                pace.arrive(membership.project_id)
                actor = actor_of_member(membership)
                with acting(actor), coming_from(client_address(request)):
                    try:
                        needed = verbs[cast(str, request.method)]
                        actor.require(needed)
                        record_visit(membership)
                        response = view(request, membership.project, **captured)
                        if response.streaming:
                            access = MemberAccess(_visit_of(request, project_id), needed)
                            return while_allowed(request, response, access, since=changes)
                        return response
                    except Forbidden as error:
                        return cast(AnyResponse, _forbidden(request, error))
            # A project of other people is a 404, as one that doesn't exist: a 403 would confirm
            # that the ID is in use.
            except NotFound as error:
                if gone and is_member and "HX-Request" in request.headers:
                    return cast(AnyResponse, gone())
                raise Http404(error.message) from error

        # For the tests that walk all routes.
        inner.verbs = verbs  # type: ignore[attr-defined]
        return inner

    return decorate


def _visit_of(request: HttpRequest, project_id: str) -> Visit:
    user = author_of(request)
    session_key = request.session.session_key or ""
    return Visit(session_key, user.pk, user.get_session_auth_hash(), project_id)


def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    reason = _REASONS[error.needed]
    # htmx leaves the page as it is, and the page shows the words (static/js/shell/toasts.js).
    if "HX-Request" in request.headers:
        return HttpResponse(reason, status=error.http_status, content_type="text/plain")
    return render(request, "403.html", {"reason": reason}, status=error.http_status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for the error that is being handled: a 503 or 507 for a fault, or a 500."""
    error = sys.exc_info()[1] or RuntimeError()
    refusal = error if isinstance(error, ApiError) else refusal_after(error)
    status, headers = 500, {}
    if refusal and refusal.http_status in FAULT_PAGES:
        status, headers = refusal.http_status, refusal.headers
    # Without the request: the page's usual context needs the database.
    page = loader.render_to_string(f"{status}.html")
    return HttpResponse(page, status=status, headers=headers)


def whole_number(text: str) -> int | None:
    """Return the number that a form or URL contains, or None for other text."""
    # Nine digits fit into PostgreSQL's 32-bit integer. int() also refuses very long numbers with an
    # error of its own, and isdecimal() alone accepts the digits of other scripts.
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def client_address(request: HttpRequest) -> str:
    """Return the client's address, or "" if it is unknown."""
    return address_of(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", "")
    )


def author_of(request: HttpRequest) -> User:
    """Return the user of a request whose view requires them to be signed in."""
    return cast(User, request.user)


def playground_url(project: Project, **state: str) -> str:
    """Return the URL of the playground with this state, without the empty values."""
    return url_with("playground", project.id, **state)


def nothing() -> HttpResponse:
    """Return a response that makes htmx leave the page as it is."""
    return HttpResponse(status=204)


def reload() -> HttpResponse:
    """Return a response that makes htmx load the page again."""
    # Not the way to the page's own URL: with a fragment in it, browsers would load nothing.
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def url_with(view: str, *args: Any, **query: str) -> str:
    """Return the URL of the view with these query parameters, without the empty ones."""
    given = urlencode({name: value for name, value in query.items() if value})
    url = reverse(view, args=args)
    return f"{url}?{given}" if given else url


def go_to(url: str) -> HttpResponse:
    """Return a response that makes htmx load another page."""
    return HttpResponse(status=204, headers={"HX-Redirect": url})


def download(pieces: Iterator[str], name: str, media_type: str) -> StreamingHttpResponse:
    """Return a download that is produced while it is sent, so that its size doesn't matter."""
    response = StreamingHttpResponse(_in_threads(pieces), content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    # An export contains what users wrote. A browser must not guess that it's a page.
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _in_threads(pieces: Iterator[str]) -> AsyncIterator[str]:
    # Sent after the view has returned, but still read as the person who asked, from whom threads of
    # blind comparisons may be sealed.
    return _read_in(copy_context(), pieces)


async def _read_in(context: Context, pieces: Iterator[str]) -> AsyncIterator[str]:
    # Each piece may query the database, which would block the event loop of all requests.
    def following() -> str | None:
        return next(pieces, None)

    read = sync_to_async(lambda: context.run(following))
    while (piece := await read()) is not None:
        yield piece
