"""The page of assistants: a table to search and sort, and acts on one or several of its rows."""

import json
from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.lists import AssistantFilter, Sort
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import assistants_at_work
from assistants_app.queries.assistants.lists import (
    found_assistants,
    matching_assistants,
    models_in_use,
    rows_of_assistants,
)
from assistants_app.queries.assistants.versions import drafted_assistants
from assistants_app.queries.pages import size_of
from assistants_app.services.assistants import lists as services
from assistants_app.services.assistants.requests import delete_assistant, update_assistant
from assistants_app.services.people.exports import note_export
from assistants_app.web.assistants.starters import STARTERS
from assistants_app.web.http import author_of, download, project_view, whole_number
from assistants_app.web.tables import (
    Column,
    TableState,
    ignored_in,
    selected_ids,
    sort_of,
    table_query,
)
from assistants_app.wire.assistants.assistants import AssistantModifyParams, assistant_object
from assistants_app.wire.validation import parse

FILTERS = ("q", "model", "archived")
COLUMNS = (
    Column(gettext_lazy("Name"), "name"),
    Column(gettext_lazy("Version")),
    Column(gettext_lazy("Model"), "model"),
    Column(gettext_lazy("Runs"), "runs", numeric=True, descends=True),
    Column(gettext_lazy("Cost"), "cost", numeric=True, descends=True),
    Column(gettext_lazy("Last run"), "active", descends=True),
    Column(gettext_lazy("Created"), "created", descends=True),
)
NEWEST = Sort("created")
MOST_UNDONE = 100  # IDs in the address of an Undo. The filter "Archived" finds the others.


def render_table(
    request: HttpRequest, project: Project, asked: QueryDict, error: str = ""
) -> HttpResponse:
    """Show the assistants that match the filters in a query string."""
    values, narrow = _filter(asked)
    path = reverse("assistants", args=[project.id])
    state = TableState(path, values, sort_of(asked, COLUMNS, NEWEST), NEWEST)
    number = max(whole_number(asked.get("page", "")) or 1, 1)
    found = rows_of_assistants(project, narrow, state.sort, number)
    context = {
        "project": project,
        "section": "assistants",
        "rows": found.items,
        "values": values,
        "filtered": any(values.values()),
        "ignored": ignored_in(request.GET, FILTERS, COLUMNS),
        "size": size_of(matching_assistants(project, narrow)),
        "models": models_in_use(project),
        "headings": state.headings(COLUMNS),
        "sort": state.sort_text,
        "previous": state.url(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        "next": state.url(page=str(number + 1)) if found.has_more else "",
        "drafted": drafted_assistants(project, author_of(request)),
        "at_work": assistants_at_work(project),
        "starters": STARTERS,
        "error": error,
    }
    return render(request, "assistants/index.html", context, status=422 if error else 200)


def _filter(asked: QueryDict) -> tuple[dict[str, str], AssistantFilter]:
    """Return the filter of a query string as texts, and as the queries take it."""
    values = {name: asked.get(name, "").strip() for name in FILTERS}
    return values, AssistantFilter(values["q"], values["model"], archived=bool(values["archived"]))


def _selected(request: HttpRequest, project: Project) -> list[str]:
    _values, narrow = _filter(request.POST)
    return selected_ids(request, matching_assistants(project, narrow))


@project_view("POST", verb="update_assistant")
def rename(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Publish a version with the ``name``. Return the table, or a 422 with the error."""
    if "name" not in request.POST:
        return HttpResponse(status=400)
    name = " ".join(request.POST["name"].split())
    try:
        params = parse(AssistantModifyParams, {"name": name or None})
        update_assistant(
            project=project,
            assistant_id=assistant_id,
            params=params,
            author=author_of(request),
            source="ui",
        )
    except InvalidRequest as error:
        asked = QueryDict(table_query(request).removeprefix("?"))
        return render_table(request, project, asked, error.message)
    return _back(request, project)


@project_view("POST", verb="pin_assistants")
def pin(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Pin the assistant, or unpin it without ``pinned``. Return the table."""
    services.pin_assistants(
        project=project, assistant_ids=[assistant_id], pinned=bool(request.POST.get("pinned"))
    )
    return _back(request, project)


@project_view("POST", verb="archive_assistants")
def archive(request: HttpRequest, project: Project) -> HttpResponse:
    """Archive the assistants ``id``, and say how to take that back."""
    chosen = _selected(request, project)
    changed = services.archive_assistants(project=project, assistant_ids=chosen, archived=True)
    said = ngettext("%(count)d assistant archived.", "%(count)d assistants archived.", changed)
    undo = QueryDict(mutable=True)
    undo.setlist("id", chosen)
    address = f"{reverse('unarchive_assistants', args=[project.id])}?{undo.urlencode()}"
    messages.success(
        request,
        said % {"count": changed} + " " + _("The API still runs archived assistants."),
        extra_tags=address if changed and len(chosen) <= MOST_UNDONE else "",
    )
    return _back(request, project)


@project_view("POST", verb="archive_assistants")
def unarchive(request: HttpRequest, project: Project) -> HttpResponse:
    """Bring the assistants ``id`` back into the lists."""
    chosen = request.GET.getlist("id") or _selected(request, project)
    changed = services.archive_assistants(project=project, assistant_ids=chosen, archived=False)
    said = ngettext("%(count)d assistant restored.", "%(count)d assistants restored.", changed)
    messages.success(request, said % {"count": changed})
    return _back(request, project)


@project_view("POST", verb="delete_assistant")
def delete_selected(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the assistants ``id``, but not their threads."""
    deleted = _count_deleted(project, _selected(request, project))
    said = ngettext("%(count)d assistant deleted.", "%(count)d assistants deleted.", deleted)
    messages.success(request, said % {"count": deleted})
    return _back(request, project)


def _count_deleted(project: Project, assistant_ids: Sequence[str]) -> int:
    deleted = 0
    for assistant_id in assistant_ids:
        try:
            delete_assistant(project=project, assistant_id=assistant_id)
        except NotFound:
            continue  # somebody else has already deleted it
        deleted += 1
    return deleted


@project_view("POST", verb="read")
def export_selected(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the assistants ``id`` as the list that the API returns, which can be imported."""
    found = found_assistants(project, _selected(request, project))
    if not found:
        raise Http404("No assistants selected.")
    document = {"object": "list", "data": [assistant_object(item) for item in found]}
    note_export(project=project, kind="assistant", count=len(found))
    name = f"assistants-{project.today().isoformat()}.json"
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return download(iter([text]), name, "application/json")


def _back(request: HttpRequest, project: Project) -> HttpResponse:
    """Return to the table, as it was filtered and sorted."""
    return redirect(reverse("assistants", args=[project.id]) + table_query(request))
