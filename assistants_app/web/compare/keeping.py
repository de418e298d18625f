"""Keep a column: its settings become the user's draft."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.compare.comparisons import get_comparison, see_comparison
from assistants_app.rendering.text.diffs import configuration_diff
from assistants_app.services.assistants.configurations import with_settings_of
from assistants_app.services.assistants.drafts import shown_configuration
from assistants_app.services.compare import keeping as services
from assistants_app.web.http import author_of, go_to, playground_url, project_view


@project_view("GET", "POST", verb="keep_column")
def keep(
    request: HttpRequest, project: Project, comparison_id: str, column_key: str
) -> HttpResponse:
    """GET: show how the column differs from the user's draft. POST: make it their draft."""
    user = author_of(request)
    seen = see_comparison(project, comparison_id, user)
    one = seen.column(column_key)
    if request.method == "POST":
        return _keep(request, project, comparison_id, column_key)
    if seen.masked:
        raise NotFound("settings of column", column_key)
    assistant = get_assistant(project, services.assistant_of(one.column))
    draft = find_draft(project, assistant.id, user)
    shown = shown_configuration(assistant, draft)
    column = one.column
    kept = with_settings_of(services.run_of(column), shown, services.variables_of(column))
    context = {
        "project": project,
        "comparison": seen.comparison,
        "letter": one.letter,
        "column": one.column,
        "has_draft": draft is not None,
        "fields": configuration_diff(shown, kept),
    }
    return render(request, "compare/_keep.html", context)


def _keep(
    request: HttpRequest, project: Project, comparison_id: str, column_key: str
) -> HttpResponse:
    user = author_of(request)
    try:
        gone = services.keep_column(
            project=project, comparison_id=comparison_id, column_key=column_key, user=user
        )
    except InvalidRequest as error:
        return HttpResponse(error.message, status=422, content_type="text/plain")
    column = see_comparison(project, comparison_id, user).column(column_key).column
    text = _("Your draft has the settings of the kept column. Publish it when it's right.")
    if gone:
        left_out = _("Left out because they no longer exist: %(ids)s.")
        text += " " + left_out % {"ids": ", ".join(gone)}
    messages.success(request, text)
    return go_to(playground_url(project, a=services.assistant_of(column)))


@project_view("POST", verb="bring_draft_back")
def bring_back(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Bring back the draft that the user replaced last from this comparison."""
    get_comparison(project, comparison_id)
    try:
        assistant_id = services.bring_draft_back(
            project=project, comparison_id=comparison_id, user=author_of(request)
        )
    except ApiError as error:
        messages.error(request, error.message)
        return redirect("comparison", project.id, comparison_id)
    messages.success(request, _("Your earlier draft is back."))
    return redirect(playground_url(project, a=assistant_id))
