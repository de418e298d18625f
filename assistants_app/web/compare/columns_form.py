"""The form that makes a comparison: its columns, and how they are compared."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.money.amounts import read_number
from assistants_app.gateway.endpoints import list_models
from assistants_app.models import Assistant, AssistantDraft, AssistantVersion, Project, Run
from assistants_app.queries.assistants.assistants import last_names_of_assistants
from assistants_app.queries.assistants.lists import assistants_to_choose
from assistants_app.queries.assistants.versions import find_draft, list_versions
from assistants_app.queries.runs.runs import get_run_of_project
from assistants_app.queries.runs.tape_list import choosable_tapes
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import Manner, compare_run, create_comparison
from assistants_app.services.runs.frozen import Source
from assistants_app.web.compare.tape_form import policy_of, tape_context
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.once import done_once

DRAFT, PUBLISHED = "draft", "published"
SAME = "run"  # in place of an assistant: the settings of the run that is repeated
PLACES = 6  # decimals of a number
NUMBERS = ("temperature", "top_p", "max_completion_tokens")
TEXTS = ("model", "reasoning_effort", "instructions")
FIELDS = ("assistant", "version", *TEXTS, *NUMBERS)
LABELS = {
    "temperature": gettext_lazy("Temperature"),
    "top_p": gettext_lazy("Top P"),
    "max_completion_tokens": gettext_lazy("Maximum completion tokens"),
}
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
OFFERED_TAPES = 100  # the newest
COLUMN_PARAM = re.compile(r"columns\[(\d+)\]\.([a-z_]+)")


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field as it was typed. `key`: its name and the ID of its element."""

    key: str
    value: str
    error: str
    label: str | Promise = ""


@dataclass(slots=True)
class ColumnFields:
    """The fields of one column, as they were typed. `errors` are by the name of the field."""

    place: int
    letter: str
    values: Mapping[str, str]
    versions: Sequence[AssistantVersion] = ()
    draft: AssistantDraft | None = None
    errors: dict[str, str] = field(default_factory=dict)
    has_settings: bool = False

    @property
    def numbers(self) -> list[TypedField]:
        """Return the fields of numbers."""
        return [self._field(name) for name in NUMBERS]

    @property
    def model(self) -> TypedField:
        return self._field("model")

    @property
    def instructions(self) -> TypedField:
        return self._field("instructions")

    def _field(self, name: str) -> TypedField:
        value, error = self.values.get(name, ""), self.errors.get(name, "")
        return TypedField(f"{name}-{self.place}", value, error, LABELS.get(name, ""))


@project_view("GET", "POST", verb="create_comparison")
@done_once
def new(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the form, with the published version and the draft of the assistant ``a``, or with
    the ``run`` that is to be repeated. POST: make the comparison, and open it.
    """
    if request.method == "POST":
        return _create(request, project)
    run = _find_run(project, request.GET.get("run", ""))
    chosen = request.GET.get("a", "")
    if run:
        values = [{}, {"assistant": SAME}]
    else:
        there = assistants_to_choose(project, chosen)
        first = next((one for one in there if one.id == chosen), there[0] if there else None)
        values = _first_columns(project, author_of(request), first)
    return _render(request, project, values, run)


def _first_columns(
    project: Project, user: User, assistant: Assistant | None
) -> list[dict[str, str]]:
    if assistant is None:
        return [{}, {}]
    has_draft = find_draft(project, assistant.id, user) is not None
    other = {"assistant": assistant.id, "version": DRAFT if has_draft else PUBLISHED}
    return [{"assistant": assistant.id, "version": PUBLISHED}, other]


@project_view("POST", verb="create_comparison")
def columns(request: HttpRequest, project: Project) -> HttpResponse:
    """Return the fields of all columns after another assistant was chosen, with one more column
    (``more``) or without the column ``less``.
    """
    values = _values(request)
    less = whole_number(request.POST.get("less", ""))
    if less is not None and len(values) > limits.COMPARISON_COLUMNS_MIN:
        values = [one for place, one in enumerate(values) if place != less]
    if request.POST.get("more") and len(values) < limits.COMPARISON_COLUMNS:
        values.append(dict(values[-1]))
    run = _find_run(project, request.POST.get("run", ""))
    context = _context(request, project, values, run)
    return render(request, "compare/_columns_form.html", context)


def _create(request: HttpRequest, project: Project) -> HttpResponse:
    values = _values(request)
    run = _find_run(project, request.POST.get("run", ""))
    manner = Manner(
        blind=bool(request.POST.get("blind")),
        repeats=whole_number(request.POST.get("repeats", "")) or 0,
        title=" ".join(request.POST.get("title", "").split()),
    )
    user = author_of(request)
    try:
        if run:
            choices = [_choice(user, one) for one in values[1:]]
            made = compare_run(
                project=project,
                user=user,
                run_id=run.id,
                columns=choices,
                manner=manner,
                policy=policy_of(request.POST),
            )
        else:
            choices = [_choice(user, one) for one in values]
            tape_id = request.POST.get("tape_id", "")
            made = create_comparison(
                project=project, user=user, columns=choices, manner=manner, tape_id=tape_id
            )
    except ApiError as error:
        return _render(request, project, values, run, error=error)
    return redirect("comparison", project.id, made.id)


def _values(request: HttpRequest) -> list[dict[str, str]]:
    count = whole_number(request.POST.get("columns", "")) or limits.COMPARISON_COLUMNS_MIN
    places = range(min(max(count, limits.COMPARISON_COLUMNS_MIN), limits.COMPARISON_COLUMNS))
    return [
        {name: request.POST.get(f"{name}-{place}", "").replace("\r\n", "\n") for name in FIELDS}
        for place in places
    ]


def _choice(user: User, values: Mapping[str, str]) -> ColumnChoice:
    overrides: dict[str, Any] = {
        name: values[name].strip() for name in TEXTS if values[name].strip()
    }
    overrides |= {name: _number(values[name]) for name in NUMBERS if values[name].strip()}
    assistant_id, version = values["assistant"], values["version"]
    if assistant_id == SAME:
        return ColumnChoice(None, overrides)
    if not assistant_id:
        return ColumnChoice(Source(model=overrides.pop("model", "")), overrides)
    if version == DRAFT:
        return ColumnChoice(Source(assistant_id, draft_of=user), overrides)
    return ColumnChoice(Source(assistant_id, version=whole_number(version)), overrides)


def _number(text: str) -> int | float | str:
    # Other text stays as it is, so that the API's own validation explains what is wrong with it.
    try:
        number = float(read_number(text, places=PLACES, param=""))
    except InvalidRequest:
        return text
    if not isfinite(number):
        return text
    return int(number) if number.is_integer() else number


def _find_run(project: Project, run_id: str) -> Run | None:
    return get_run_of_project(project, run_id) if run_id else None


def _render(
    request: HttpRequest,
    project: Project,
    values: Sequence[Mapping[str, str]],
    run: Run | None,
    *,
    error: ApiError | None = None,
) -> HttpResponse:
    context = _context(request, project, values, run, error)
    status = 422 if error else 200
    return render(request, "compare/new.html", context, status=status)


def _context(
    request: HttpRequest,
    project: Project,
    values: Sequence[Mapping[str, str]],
    run: Run | None,
    error: ApiError | None = None,
) -> dict[str, Any]:
    fields = [_fields(project, author_of(request), place, one) for place, one in enumerate(values)]
    message = _place_error(fields, error) if error else ""
    models = [info.id for listed in list_models(project_id=project.id) for info in listed.models]
    given = request.POST if request.method == "POST" else request.GET
    return {
        "project": project,
        "section": "compare",
        "run": run,
        "run_name": last_names_of_assistants(project, {run.assistant_id})[run.assistant_id].name
        if run
        else "",
        "fields": fields,
        "assistants": assistants_to_choose(project),
        "models": models,
        "efforts": EFFORTS,
        "may_add": len(fields) < limits.COMPARISON_COLUMNS,
        "may_remove": len(fields) > limits.COMPARISON_COLUMNS_MIN,
        "repeats": range(1, limits.COMPARISON_REPEATS + 1),
        "repeat": whole_number(given.get("repeats", "")) or 1,
        "blind": bool(given.get("blind")),
        **tape_context(request, run),
        "tapes": [] if run else choosable_tapes(project, OFFERED_TAPES),
        "tape_id": given.get("tape_id") or given.get("tape", ""),
        "title": given.get("title", ""),
        "title_most": limits.COMPARISON_TITLE,
        "error": message,
    }


def _fields(project: Project, user: User, place: int, values: Mapping[str, str]) -> ColumnFields:
    assistant_id = values.get("assistant", "")
    fields = ColumnFields(place, "ABCD"[place], values)
    fields.has_settings = any(values.get(name) for name in (*TEXTS[1:], *NUMBERS))
    if assistant_id and assistant_id != SAME:
        fields.draft = find_draft(project, assistant_id, user)
        fields.versions = _versions(project, assistant_id)
    return fields


def _versions(project: Project, assistant_id: str) -> list[AssistantVersion]:
    try:
        return list_versions(project, assistant_id)
    except ApiError:
        return []


def _place_error(fields: Sequence[ColumnFields], error: ApiError) -> str:
    """Put the error under its field. Return the message if no field has a place for it."""
    match = COLUMN_PARAM.fullmatch(error.param or "")
    if match and int(match[1]) < len(fields) and match[2] in FIELDS:
        fields[int(match[1])].errors[match[2]] = error.message
        fields[int(match[1])].has_settings = True
        return ""
    return error.message
