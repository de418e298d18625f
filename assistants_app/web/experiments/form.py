"""The form of a new experiment, with what it will take and can show."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError
from assistants_app.models import Experiment, Project
from assistants_app.queries.assistants.lists import assistants_to_choose
from assistants_app.queries.experiments.figures import metrics_of_set
from assistants_app.queries.test_sets.sets import get_test_set, list_test_sets
from assistants_app.rendering.experiments.plans import PlanView, plan_view
from assistants_app.rendering.experiments.words import metric_choices
from assistants_app.services.experiments.creating import create_experiment
from assistants_app.services.experiments.estimates import plan_experiment
from assistants_app.services.experiments.lifecycle import start_experiment
from assistants_app.web.experiments.fields import Field, VariantFields, fields_of
from assistants_app.web.experiments.first_values import first_values, models_of_project
from assistants_app.web.experiments.typed import (
    ALL,
    CHOSEN,
    FAILED,
    LEAST_VARIANTS,
    Typed,
    read_form,
)
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.once import done_once

MOST_SETS = 200  # in the menu, the newest first


@project_view("GET", "POST", verb="create_experiment")
@done_once
def new(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the form, for the test set ``set``, the main ``metric``, the assistant ``a`` with
    its version ``v``, or with what the experiment ``like`` has. POST: create the experiment, start
    it, and open it.
    """
    if request.method == "GET":
        return _render(request, project, first_values(request, project))
    typed = read_form(request)
    made = _create(project, author_of(request), typed)
    if made is None:
        return _render(request, project, typed, status=422)
    try:
        start_experiment(project=project, experiment_id=made.id)
    except ApiError as error:
        # It's there, and can be started from its page.
        messages.error(request, error.message)
    return redirect("experiment", project.id, made.id)


def _create(project: Project, user: User, typed: Typed) -> Experiment | None:
    terms, choices = typed.terms(project), typed.choices(user)
    if not typed.values["test_set"]:
        typed.errors["test_set"] = _("Choose a test set.")
    if typed.has_errors:
        return None
    try:
        return create_experiment(
            project=project,
            user=user,
            set_id=typed.values["test_set"],
            variants=choices,
            terms=terms,
        )
    except ApiError as error:
        typed.place(error)
        return None


@project_view("POST", verb="create_experiment")
def of_rows(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the form for the rows of the test set ``set`` whose keys are sent as ``id``."""
    typed = first_values(request, project)
    keys = request.POST.getlist("id")
    typed.values |= {"rows": CHOSEN, "row_ids": "\n".join(keys)}
    return _render(request, project, typed)


@project_view("POST", verb="create_experiment")
def variants(request: HttpRequest, project: Project) -> HttpResponse:
    """Return the fields of all variants with one more (``more``) or without the variant ``less``,
    or the versions of the assistant that was chosen for the variant ``of``.
    """
    typed = read_form(request)
    of = whole_number(request.POST.get("of", ""))
    if of is not None and of < len(typed.variants):
        chosen = fields_of(project, author_of(request), of, typed.variants[of])
        return render(request, "experiments/_version_field.html", {"variant": chosen})
    less = whole_number(request.POST.get("less", ""))
    if less and len(typed.variants) > LEAST_VARIANTS:
        typed.variants = [one for place, one in enumerate(typed.variants) if place != less]
    if request.POST.get("more") and len(typed.variants) < limits.EXPERIMENT_VARIANTS:
        typed.variants.append({**typed.variants[-1], "name": ""})
    context = {"project": project, **_variants_context(request, project, typed)}
    return render(request, "experiments/_variants_form.html", context)


@project_view("POST", verb="create_experiment")
def plan(request: HttpRequest, project: Project) -> HttpResponse:
    """Return what the experiment will take and can show, and the metrics of its test set."""
    typed = read_form(request)
    context = {
        "project": project,
        "plan": _plan(project, author_of(request), typed),
        **_metrics_context(project, typed),
    }
    return render(request, "experiments/_planned.html", context)


def _plan(project: Project, user: User, typed: Typed) -> PlanView:
    # What is typed here is only looked at: its errors are shown once somebody starts it.
    looked_at = Typed(typed.values, typed.variants)
    terms, choices = looked_at.terms(project), looked_at.choices(user)
    if not typed.values["test_set"]:
        return PlanView(_("Choose a test set, and you see here what the experiment will take."))
    if looked_at.of_variants:
        return PlanView(_("Choose the variants, and you see here what the experiment will take."))
    if "rows" in looked_at.errors:
        return PlanView(looked_at.errors["rows"])
    if looked_at.errors:
        return PlanView(_("Correct the numbers, and you see here what the experiment will take."))
    try:
        found = plan_experiment(
            project=project, set_id=typed.values["test_set"], variants=choices, terms=terms
        )
    except ApiError as error:
        return PlanView(error.message)
    return plan_view(found, terms.cap)


def _render(
    request: HttpRequest, project: Project, typed: Typed, *, status: int = 200
) -> HttpResponse:
    sets = list(list_test_sets(project)[:MOST_SETS])
    # An older one may be asked for.
    if typed.values["test_set"] and typed.values["test_set"] not in {one.id for one in sets}:
        sets += list_test_sets(project).filter(pk=typed.values["test_set"])
    context = {
        "project": project,
        "section": "experiments",
        "sets": sets,
        "form": typed.values,
        "errors": typed.errors,
        "error": typed.message,
        "row_choices": (
            (ALL, _("All rows")),
            (FAILED, _("Rows that failed in the last experiment")),
            (CHOSEN, _("Rows with these IDs")),
        ),
        "size_fields": _size_fields(typed),
        "plan": _plan(project, author_of(request), typed),
        **_variants_context(request, project, typed),
        **_metrics_context(project, typed),
    }
    return render(request, "experiments/new.html", context, status=status)


def _variants_context(request: HttpRequest, project: Project, typed: Typed) -> dict[str, Any]:
    fields = [
        fields_of(project, author_of(request), place, values)
        for place, values in enumerate(typed.variants)
    ]
    _put_errors(fields, typed.of_variants)
    return {
        "fields": fields,
        "assistants": assistants_to_choose(project),
        "models": models_of_project(project),
        "may_add": len(fields) < limits.EXPERIMENT_VARIANTS,
        "may_remove": len(fields) > LEAST_VARIANTS,
    }


def _put_errors(fields: Iterable[VariantFields], errors: Mapping[int, dict[str, str]]) -> None:
    for one in fields:
        one.errors = errors.get(one.place, {})


def _metrics_context(project: Project, typed: Typed) -> dict[str, Any]:
    names: list[str] = []
    if set_id := typed.values["test_set"]:
        try:
            names = metrics_of_set(get_test_set(project, set_id))
        except ApiError:
            names = []
    chosen = typed.values["main_metric"]
    return {
        "metrics": metric_choices(names, chosen),
        "metric": chosen,
        "errors": typed.errors,
    }


def _size_fields(typed: Typed) -> list[Field]:
    def one(key: str, label: str, **more: Any) -> Field:
        error = typed.errors.get(key, "")
        return Field(key=key, label=label, value=typed.values[key], error=error, **more)

    return [
        one("repeats", _("Repeats of each row"), mode="numeric", most=3),
        one("at_once", _("Cells at once"), mode="numeric", most=2),
        one("margin", _("Difference that matters, in points"), mode="decimal"),
        one("cap", _("Budget, $"), mode="decimal", placeholder=_("No limit")),
        one(
            "judge_model",
            _("Judge model"),
            most=limits.NAME,
            look="mono",
            options="models",
            placeholder=_("As the checks have it"),
        ),
    ]
