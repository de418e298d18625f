"""The page of an assistant's publish gate."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.experiments.metrics import PASS
from assistants_app.domain.money.amounts import read_number
from assistants_app.models import Assistant, Project, PublishGate
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.experiments.figures import metrics_of_set
from assistants_app.queries.experiments.gates import find_gate, kept_margin
from assistants_app.queries.test_sets.sets import list_test_sets
from assistants_app.rendering.experiments.gates import gate_view
from assistants_app.rendering.experiments.words import metric_choices
from assistants_app.services.assistants import gates as services
from assistants_app.services.assistants.configurations import apply_version
from assistants_app.web.assistants.drafts import draft_gate
from assistants_app.web.http import author_of, project_view, whole_number

MARGIN_PLACES = 6
MOST_SETS = 200  # in the menu, the newest first
USUAL = {
    "main_metric": PASS,
    "margin": "10",
    "oldest_days": "14",
    "required": "",
    "no_worse_row": "",
}
FIELDS = ("test_set", *USUAL)


@project_view("GET", "POST", verb={"GET": "read", "POST": "set_gate"})
def gate(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: show the gate, and what it says to the reader's draft or to the version ``v``. POST: set
    it, or return the form with its errors and a 422.
    """
    assistant = get_assistant(project, assistant_id)
    if request.method == "GET":
        return _render(request, project, assistant)
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        services.set_gate(
            project=project,
            assistant_id=assistant_id,
            terms=_terms(typed),
            author=author_of(request),
        )
    except ApiError as error:
        # A set that isn't there any more is the only thing of the form that isn't found.
        place = error.param or "test_set"
        return _render(request, project, assistant, typed, {place: error.message}, status=422)
    messages.success(request, _("The publish gate is set."))
    return redirect(reverse("publish_gate", args=[project.id, assistant_id]))


@project_view("POST", verb="remove_gate")
def remove(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Remove the gate."""
    services.remove_gate(project=project, assistant_id=assistant_id)
    messages.success(request, _("The assistant has no publish gate any more."))
    return redirect(reverse("publish_gate", args=[project.id, assistant_id]))


def _terms(typed: dict[str, str]) -> services.Terms:
    if not typed["test_set"]:
        raise InvalidRequest(_("Choose a test set."), param="test_set")
    margin = read_number(typed["margin"], places=MARGIN_PLACES, param="margin")
    return services.Terms(
        set_id=typed["test_set"],
        main_metric=typed["main_metric"] or PASS,
        margin=float(margin) / 100,
        oldest_days=whole_number(typed["oldest_days"].strip()) or 0,
        required=[line.strip() for line in typed["required"].splitlines() if line.strip()],
        no_worse_row=bool(typed["no_worse_row"]),
    )


def _render(
    request: HttpRequest,
    project: Project,
    assistant: Assistant,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    present = find_gate(assistant.id)
    form = typed or _typed(present)
    sets = list(list_test_sets(project)[:MOST_SETS])
    # An older one may be the gate's.
    if form["test_set"] and form["test_set"] not in {one.id for one in sets}:
        sets += list_test_sets(project).filter(pk=form["test_set"])
    chosen = next((one for one in sets if one.id == form["test_set"]), None)
    names = metrics_of_set(chosen) if chosen else ()
    context = {
        "project": project,
        "section": "versions",
        "assistant": assistant,
        "assistant_id": assistant.id,
        "name": assistant.name or assistant.id,
        "present": present,
        "form": form,
        "errors": errors or {},
        "sets": sets,
        "metrics": metric_choices(names, form["main_metric"] or PASS),
        "kept": kept_margin(present) if present else None,
        **_asked(request, project, assistant),
    }
    return render(request, "versions/gate.html", context, status=status)


def _typed(present: PublishGate | None) -> dict[str, str]:
    if present is None:
        return {"test_set": "", **USUAL}
    return {
        "test_set": present.test_set_id,
        "main_metric": present.main_metric,
        "margin": f"{100 * present.margin:g}",
        "oldest_days": str(present.oldest_days),
        "required": "\n".join(present.required),
        "no_worse_row": "1" if present.no_worse_row else "",
    }


def _asked(request: HttpRequest, project: Project, assistant: Assistant) -> dict[str, Any]:
    """Return what the gate says to a version, or to the reader's draft."""
    number = whole_number(request.GET.get("v", ""))
    if number is None:
        return draft_gate(project, assistant, find_draft(project, assistant.id, author_of(request)))
    if number == assistant.version_number:
        return {}
    try:
        wanted = apply_version(project, copy(assistant), number)
    except ApiError:
        return {}
    check = services.gate_check(project, assistant, wanted)
    return {"gate": gate_view(check) if check else None, "number": number}
