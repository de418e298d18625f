"""What the site's views share: who is there, for which project, and how errors are shown."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import NotFound
from assistants_app.models import Project
from assistants_app.queries.connections import release_connection
from assistants_app.queries.project.access import get_project

AnyResponse = TypeVar("AnyResponse", bound=HttpResponseBase)


def project_view(
    *methods: str,
) -> Callable[[Callable[..., AnyResponse]], Callable[..., AnyResponse]]:
    """A view of a project: signed in, a member of it, by one of these methods.

    The view gets the request and the project. What is not there, or not theirs, is a 404.
    """

    def decorate(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
        @login_required
        @require_http_methods(methods)
        @wraps(view)
        def inner(request: HttpRequest, project_id: str, **captured: Any) -> AnyResponse:
            try:
                project: Project = get_project(request.user, project_id)
                return view(request, project, **captured)
            except NotFound as error:
                raise Http404(error.message) from error

        return inner

    return decorate


def whole_number(text: str) -> int | None:
    """What a form or URL has for a number, as far as the database can hold it; else None."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def author_of(request: HttpRequest) -> User:
    """The signed-in user of a view that lets nobody else in."""
    return cast(User, request.user)


def playground_url(project: Project, **state: str) -> str:
    """The main screen with this state."""
    query = urlencode({name: value for name, value in state.items() if value})
    return f"{reverse('playground', args=[project.id])}?{query}"


def go_to(url: str) -> HttpResponse:
    """Tell htmx to load another page."""
    return HttpResponse(status=204, headers={"HX-Redirect": url})


def download(pieces: Iterator[str], name: str, media_type: str) -> StreamingHttpResponse:
    """A file that is written while it is sent, however long it gets."""
    response = StreamingHttpResponse(_in_threads(pieces), content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _in_threads(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The same pieces; the event loop does not wait for the database."""
    read = sync_to_async(lambda: next(pieces, None))
    try:
        while (piece := await read()) is not None:
            yield piece
    finally:
        await sync_to_async(release_connection)()
