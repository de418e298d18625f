"""The values of variables for the next answers of all columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.configurations.variables import Declaration, declared
from assistants_app.domain.errors import ApiError
from assistants_app.models import ComparisonColumn, Project
from assistants_app.models.compare.snapshots import LaneState, SeenComparison
from assistants_app.queries.assistants.assistants import last_names_of_assistants
from assistants_app.queries.assistants.value_sets import names_of_value_sets, values_named
from assistants_app.queries.compare.comparisons import see_comparison
from assistants_app.queries.compare.lanes import lane_states
from assistants_app.services.assistants.value_sets import delete_value_sets, save_value_sets
from assistants_app.web.assistants.values import (
    ValueField,
    fields_context,
    keep_texts,
    kept_texts,
    texts_in,
    typed_values,
    value_fields_of,
)
from assistants_app.web.assistants.variables import typed_text
from assistants_app.web.http import author_of, project_view

FORM = "compare-form"


def declarations_of(column: ComparisonColumn) -> dict[str, Declaration]:
    """Return the variables of a column by name."""
    return declared(column.configuration.get("declarations"))


def _in_one_order(seen: SeenComparison) -> list[ComparisonColumn]:
    # By the position, which is the same for everybody: a variable that only one column has must not
    # say which letter the column has.
    return sorted((one.column for one in seen.columns), key=lambda column: column.position)


def fields_of(seen: SeenComparison, texts: Mapping[str, str]) -> list[ValueField]:
    """Return a field for each variable of any column. It is missing or wrong if it is in one."""
    union: dict[str, Declaration] = {}
    marked: dict[str, ValueField] = {}
    for column in _in_one_order(seen):
        declarations = declarations_of(column)
        union = {**declarations, **union}
        for field in value_fields_of(declarations, texts):
            if field.is_missing or field.error:
                marked.setdefault(field.name, field)
    return [
        replace(field, is_missing=marked[field.name].is_missing, error=marked[field.name].error)
        if field.name in marked
        else field
        for field in value_fields_of(union, texts)
    ]


def values_context(
    request: HttpRequest,
    project: Project,
    seen: SeenComparison,
    states: Sequence[LaneState],
    texts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the context of the fields, with these texts, or else those that the session keeps or
    that the last runs had.
    """
    if texts is None:
        texts = kept_texts(request, seen.comparison.id) or _last_texts(states)
    fields = fields_of(seen, texts)
    found = {**fields_context(project, fields), "values_form": FORM}
    if not fields:
        return found
    arguments = [project.id, seen.comparison.id]
    found["values_url"] = reverse("comparison_values", args=arguments)
    if assistants := _assistants(project, seen):
        # Sets are known by their names, because the ID of one would say whose it is.
        names = names_of_value_sets(project, assistants)
        found["value_sets"] = [(name, name) for name in names]
        found["load_values_url"] = reverse("load_comparison_values", args=arguments)
        found["save_values_url"] = reverse("save_comparison_values", args=arguments)
        found["delete_values_url"] = reverse("delete_comparison_values", args=arguments)
        found["of_all_columns"] = True
    return found


def _last_texts(states: Sequence[LaneState]) -> dict[str, str]:
    last: dict[str, str] = {}
    for state in states:
        for name, value in ((state.run and state.run.variables) or {}).items():
            last.setdefault(name, typed_text(value))
    return last


def _assistants(project: Project, seen: SeenComparison) -> dict[str, dict[str, Declaration]]:
    """Return the variables of the assistants that columns are of and that still exist."""
    found: dict[str, dict[str, Declaration]] = {}
    for column in _in_one_order(seen):
        if assistant_id := column.configuration["assistant_id"]:
            found[assistant_id] = {**found.get(assistant_id, {}), **declarations_of(column)}
    names = last_names_of_assistants(project, set(found))
    return {one: declarations for one, declarations in found.items() if not names[one].deleted}


def values_of_form(request: HttpRequest, seen: SeenComparison) -> dict[str, dict[str, Any]]:
    """Return the values that each column declares, by the keys of columns."""
    texts = texts_in(request)
    return {
        one.column.key: typed_values(declarations_of(one.column), texts) for one in seen.columns
    }


@project_view("POST", verb="set_run_options")
def keep(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Save the values in the session, right or wrong, and return which are missing or wrong."""
    seen = see_comparison(project, comparison_id, author_of(request))
    texts = texts_in(request)
    keep_texts(request, comparison_id, texts)
    return _render(request, project, seen, texts, "variables/_value_errors.html")


@project_view("POST", verb="set_run_options")
def load(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Fill the form with the sets called ``value_set``. Other values stay as they are."""
    seen = see_comparison(project, comparison_id, author_of(request))
    name = request.POST.get("value_set", "")
    saved = values_named(project, _assistants(project, seen), name)
    texts = texts_in(request) | {key: typed_text(value) for key, value in saved.items()}
    keep_texts(request, comparison_id, texts)
    return _render(request, project, seen, texts, chosen_set=name)


@project_view("POST", verb="save_value_set")
def save(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Save the values in the form as the set ``set_name`` of each assistant that declares them."""
    seen = see_comparison(project, comparison_id, author_of(request))
    texts, name = texts_in(request), " ".join(request.POST.get("set_name", "").split())
    wrong = [field.declaration.name for field in fields_of(seen, texts) if field.error]
    typed = {
        assistant_id: typed_values(declarations, texts)
        for assistant_id, declarations in _assistants(project, seen).items()
    }
    error = ""
    if not name:
        error = _("Enter a name for the values.")
    elif wrong:
        error = _("Correct the value of “%(name)s” first.") % {"name": wrong[0]}
    else:
        try:
            save_value_sets(
                project=project,
                name=name,
                values={one: values for one, values in typed.items() if values},
                author=author_of(request),
            )
        except ApiError as refusal:
            error = refusal.message
    if error:
        more = {"set_error": error, "set_name": request.POST.get("set_name", "")}
        return _render(request, project, seen, texts, status=422, **more)
    return _render(request, project, seen, texts, chosen_set=name)


@project_view("POST", verb="delete_value_sets")
def delete(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Delete the sets called ``value_set``. The values in the form stay."""
    seen = see_comparison(project, comparison_id, author_of(request))
    name = request.POST.get("value_set", "")
    assistants = _assistants(project, seen)
    delete_value_sets(project=project, name=name, assistant_ids=assistants)
    return _render(request, project, seen, texts_in(request))


def _render(
    request: HttpRequest,
    project: Project,
    seen: SeenComparison,
    texts: Mapping[str, str],
    template: str = "variables/_values.html",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "project": project,
        **values_context(request, project, seen, lane_states(seen), texts),
        "is_open": True,
        **more,
    }
    return render(request, template, context, status=status)
