"""What the site's views share: who is there, for which project, and how errors are shown."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import NotFound
from assistants_app.models import Project
from assistants_app.queries.projects import get_project

ProjectView = Callable[..., HttpResponseBase]


def project_view(*methods: str) -> Callable[[ProjectView], ProjectView]:
    """A view of a project: signed in, a member of it, by one of these methods.

    The view gets the request and the project. What is not there, or not theirs, is a 404.
    """

    def decorate(view: ProjectView) -> ProjectView:
        @login_required
        @require_http_methods(methods)
        @wraps(view)
        def inner(request: HttpRequest, project_id: str, **captured: Any) -> HttpResponseBase:
            try:
                project: Project = get_project(request.user, project_id)
                return view(request, project, **captured)
            except NotFound as error:
                raise Http404(error.message) from error

        return inner

    return decorate


def go_to(url: str) -> HttpResponse:
    """Tell htmx to load another page."""
    return HttpResponse(status=204, headers={"HX-Redirect": url})
