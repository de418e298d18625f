"""Where two runs part, such as one on a tape and the one that the tape was recorded from."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.tapes.divergence import (
    CITATION,
    Divergence,
    Path,
    first_divergence,
)
from assistants_app.models import Project, Run
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.runs.runs import get_run_of_project
from assistants_app.queries.runs.tapes import cited_in, path_of_run, request_of
from assistants_app.rendering.runs.divergence import Side, divergence_context
from assistants_app.web.http import project_view


@project_view("GET", verb="read")
def divergence(
    request: HttpRequest, project: Project, run_id: str, other_run_id: str
) -> HttpResponse:
    """Show the first step that isn't the same in both runs, with both provider requests.

    A request of htmx gets the comparison alone, for a panel.
    """
    left = get_run_of_project(project, run_id)
    right = get_run_of_project(project, other_run_id)
    paths = path_of_run(left), path_of_run(right)
    found = first_divergence(*paths)
    names = names_of_assistants(project, {left.assistant_id, right.assistant_id})
    one, other = (
        # A column of a comparison may be a model without an assistant.
        _side(run, path, names.get(run.assistant_id) or run.assistant_id or _("Model alone"), found)
        for run, path in zip((left, right), paths, strict=True)
    )
    context = {
        "project": project,
        "section": "threads",
        **divergence_context(one, other, found, whole="whole" in request.GET),
    }
    part = "HX-Request" in request.headers
    return render(request, "runs/_divergence.html" if part else "runs/divergence.html", context)


def _side(run: Run, path: Path, assistant: str, found: Divergence | None) -> Side:
    if found is None:
        return Side(run, path, assistant)
    call = request_of(run, path, found.place)
    if found.kind != CITATION:
        return Side(run, path, assistant, call)
    return Side(run, path, assistant, call, cited_in(run.thread_id, path.steps[found.place].text))
