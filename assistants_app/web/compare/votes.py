"""Vote on a blind comparison, and show the names."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Project
from assistants_app.queries.compare.comparisons import get_comparison
from assistants_app.services.compare.comparisons import reveal_comparison
from assistants_app.services.compare.votes import vote_on_comparison
from assistants_app.web.http import author_of, go_to, project_view


@project_view("POST", verb="vote_on_comparison")
def vote(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Store the vote, and show the page with the names."""
    comparison = get_comparison(project, comparison_id)
    choice = request.POST.get("choice", "")
    try:
        vote_on_comparison(
            project=project, comparison_id=comparison.id, user=author_of(request), choice=choice
        )
    except (InvalidRequest, NotFound) as error:
        messages.error(request, error.message)
    return redirect("comparison", project.id, comparison.id)


@project_view("POST", verb="reveal_comparison")
def reveal(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Show the names to everybody."""
    try:
        reveal_comparison(project=project, comparison_id=comparison_id)
    except InvalidRequest as error:
        messages.error(request, error.message)
    return go_to(reverse("comparison", args=[project.id, comparison_id]))
