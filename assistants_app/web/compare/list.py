"""The list of comparisons."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.compare.comparisons import get_comparison, list_comparisons
from assistants_app.services.compare import comparisons as services
from assistants_app.web.http import author_of, go_to, project_view, url_with
from assistants_app.web.tables import cursors_of, ignored_in

ROWS = 50


@project_view("GET", verb="read")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """List the comparisons, newest first, from the one before ``after`` on."""
    page = cursors_of(request.GET, "cmp", ROWS)
    found = list_comparisons(project, author_of(request), page)
    last = found.items[-1].comparison.id if found.items else ""
    context = {
        "project": project,
        "section": "compare",
        "list_name": _("Comparisons"),
        "rows": found.items,
        "older": url_with("comparisons", project.id, after=last) if found.has_more else "",
        "is_first": not page.after,
        "ignored": ignored_in(request.GET, ids="cmp"),
    }
    return render(request, "compare/index.html", context)


@project_view("POST", verb="rename_comparison")
def rename(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Change the title."""
    get_comparison(project, comparison_id)
    title = " ".join(request.POST.get("title", "").split())
    try:
        services.rename_comparison(project=project, comparison_id=comparison_id, title=title)
    except InvalidRequest as error:
        messages.error(request, error.message)
    return redirect("comparison", project.id, comparison_id)


@project_view("POST", verb="delete_comparison")
def delete(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Delete the comparison with its threads, and go to the list."""
    services.delete_comparison(project=project, comparison_id=comparison_id)
    messages.success(request, _("The comparison and its threads were deleted."))
    return go_to(reverse("comparisons", args=[project.id]))
