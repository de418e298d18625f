"""The values of variables for a user's next runs: the form above the composer, and saved sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.configurations.variables import (
    BOOLEAN,
    FILE,
    IMAGE,
    Declaration,
    Declarations,
    Value,
    declared,
    missing,
)
from assistants_app.domain.errors import ApiError
from assistants_app.domain.lists import PageParams
from assistants_app.models import Assistant, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.value_sets import get_value_set, value_sets_of
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.files.files import list_files
from assistants_app.services.assistants import value_sets
from assistants_app.services.assistants.configurations import (
    base_configuration,
    draft_configuration,
)
from assistants_app.web.assistants.run_options import REMEMBERED, runs_published
from assistants_app.web.assistants.variables import typed_text, typed_value
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.typed_lines import plain_lines
from assistants_app.wire.assistants.variables import value_problems

CHANGED = "variableschanged"  # the event on which the page fetches the form again
RUN_VALUES = "run_values"
PREFIX = "variable:"
# Longer values, or more of them, go with runs from the composer, and the session doesn't keep them.
CHARACTERS = 20_000
CHARACTERS_IN_ALL = 100_000
OFFERED_FILES = 100

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ValueField:
    """A field of the form. `number` identifies it on the page, because names may have dots."""

    number: int
    declaration: Declaration
    text: str
    is_missing: bool
    error: str

    @property
    def default(self) -> str:
        """The default as a person types it."""
        default = self.declaration.default
        return "" if default is None else typed_text(default)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that a person may choose."""
        is_boolean = self.declaration.type == BOOLEAN
        return ("true", "false") if is_boolean else self.declaration.choices

    @property
    def placeholder(self) -> str:
        """The default, or what to type."""
        kind = self.declaration.type
        return self.default or str({IMAGE: _("File ID or URL"), FILE: _("File ID")}.get(kind, ""))


def declarations_for(
    request: HttpRequest, project: Project, assistant: Assistant, version: int | None = None
) -> Declarations:
    """Return the variables that a run of this user would have: those of the `version`, else of the
    user's draft, if they run drafts and have one, else of the published version.
    """
    if version is not None:
        return declared(base_configuration(assistant, version).get("variables"))
    mine = None
    if not runs_published(request):
        mine = find_draft(project, assistant.id, author_of(request))
    if mine is None:
        return declared(assistant.variables)
    return declared(draft_configuration(assistant, mine).get("variables"))


def sent_values(request: HttpRequest, project: Project, assistant_id: str) -> dict[str, Any]:
    """Return the values in the sent form as a parameter of a run, or nothing without any."""
    texts = texts_in(request)
    if not texts:
        return {}
    declarations = declarations_for(request, project, get_assistant(project, assistant_id))
    return _as_parameter(typed_values(declarations, texts))


def kept_values(
    request: HttpRequest,
    project: Project,
    assistant_id: str,
    *,
    version: int | None = None,
    before: Mapping[str, Value] | None = None,
) -> dict[str, Any]:
    """Return the values that the session keeps as a parameter of a run, or nothing without any.

    Values of the run `before` count where the session has none.
    """
    texts = _texts_in_session(request, assistant_id)
    if not texts and not before:
        return {}
    assistant = get_assistant(project, assistant_id)
    declarations = declarations_for(request, project, assistant, version)
    wrong = value_problems(declarations, before or {})
    fitting = {name: value for name, value in (before or {}).items() if name not in wrong}
    return _as_parameter({**fitting, **typed_values(declarations, texts)})


def _as_parameter(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"variables": dict(values)} if values else {}


def texts_in(request: HttpRequest) -> dict[str, str]:
    """Return what was typed in the sent form, by variable."""
    return {
        name.removeprefix(PREFIX): plain_lines(str(text))
        for name, text in request.POST.items()
        if name.startswith(PREFIX)
    }


def _texts_in_session(request: HttpRequest, assistant_id: str) -> dict[str, str]:
    kept: dict[str, str] = request.session.get(RUN_VALUES, {}).get(assistant_id, {})
    return kept


def typed_values(declarations: Declarations, texts: Texts) -> dict[str, Any]:
    """Return the values that these texts mean, by variable."""
    # An empty field means the default. A variable that isn't declared any more has no field.
    return {
        name: typed_value(declaration.type, texts[name])
        for name, declaration in declarations.items()
        if texts.get(name)
    }


def _keep(request: HttpRequest, assistant_id: str, texts: Texts) -> None:
    kept: dict[str, str] = {}
    left = CHARACTERS_IN_ALL
    # Values of variables that were removed just now, too: they may come back by an Undo.
    before = {
        name: text
        for name, text in _texts_in_session(request, assistant_id).items()
        if name not in texts
    }
    for name, text in {**texts, **before}.items():
        if text and len(text) <= min(CHARACTERS, left):
            kept[name] = text
            left -= len(text)
    others = request.session.get(RUN_VALUES, {})
    others.pop(assistant_id, None)  # and to the end, so that the oldest are forgotten first
    remembered = {**others, assistant_id: kept} if kept else others
    request.session[RUN_VALUES] = dict(list(remembered.items())[-REMEMBERED:])


def values_context(
    request: HttpRequest,
    project: Project,
    assistant: Assistant,
    declarations: Declarations,
    texts: Texts | None = None,
) -> dict[str, Any]:
    """Return the context of the form, with these texts or those that the session keeps."""
    if texts is None:
        texts = _texts_in_session(request, assistant.id)
    fields = value_fields_of(declarations, texts)
    takes_files = any(one.type in (IMAGE, FILE) for one in declarations.values())
    files = list_files(project, PageParams(limit=OFFERED_FILES)).items if takes_files else []
    return {
        "value_fields": fields,
        "missing_values": sum(one.is_missing for one in fields),
        "wrong_values": sum(bool(one.error) for one in fields),
        "value_sets": value_sets_of(project, assistant.id) if fields else [],
        "offered_files": files,
    }


def value_fields_of(declarations: Declarations, texts: Texts) -> list[ValueField]:
    """Return the fields of these variables, with these texts."""
    values = typed_values(declarations, texts)
    wrong = value_problems(declarations, values)
    lacking = missing(declarations, values)
    return [
        ValueField(
            number,
            declaration,
            texts.get(name, ""),
            name in lacking,
            wrong[name].message if name in wrong and name not in lacking else "",
        )
        for number, (name, declaration) in enumerate(declarations.items(), 1)
    ]


@project_view("POST", verb="set_run_options")
def keep(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Save the values in the session, right or wrong, and return their errors.

    With ``refresh``, return the form as it is by now, with the values that were sent.
    """
    assistant = get_assistant(project, assistant_id)
    texts = texts_in(request)
    is_whole = "refresh" in request.GET
    if is_whole:  # it may have fields that the form didn't have
        texts = {**_texts_in_session(request, assistant_id), **texts}
    _keep(request, assistant_id, texts)
    return _render(request, project, assistant, texts, whole=is_whole)


def _render(
    request: HttpRequest,
    project: Project,
    assistant: Assistant,
    texts: Texts,
    *,
    whole: bool = True,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    declarations = declarations_for(request, project, assistant)
    context = {
        "project": project,
        "assistant": assistant,
        **values_context(request, project, assistant, declarations, texts),
        **more,
    }
    template = "variables/_values.html" if whole else "variables/_value_errors.html"
    return render(request, template, context, status=status)


@project_view("POST", verb="set_run_options")
def load(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Fill the form with the set ``value_set``. Values that it doesn't have stay as they are."""
    assistant = get_assistant(project, assistant_id)
    texts = texts_in(request)
    chosen = whole_number(request.POST.get("value_set", ""))
    if chosen is not None:
        saved = get_value_set(project, assistant_id, chosen)
        texts |= {name: typed_text(value) for name, value in saved.values.items()}
    _keep(request, assistant_id, texts)
    return _render(request, project, assistant, texts, chosen_set=chosen, is_open=True)


@project_view("POST", verb="save_value_set")
def save(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Save the values in the form as the set ``set_name``, or return the form with a 422."""
    assistant = get_assistant(project, assistant_id)
    texts, name = texts_in(request), " ".join(request.POST.get("set_name", "").split())
    declarations = declarations_for(request, project, assistant)
    values = typed_values(declarations, texts)
    lacking = missing(declarations, values)
    wrong = [one for one in value_problems(declarations, values) if one not in lacking]
    try:
        if not name:
            return _refuse(request, project, assistant, texts, _("Enter a name for the values."))
        if wrong:
            words = _("Correct the value of “%(name)s” first.") % {"name": wrong[0]}
            return _refuse(request, project, assistant, texts, words)
        saved = value_sets.save_value_set(
            project=project,
            assistant_id=assistant_id,
            name=name,
            values=values,
            author=author_of(request),
        )
    except ApiError as error:
        return _refuse(request, project, assistant, texts, error.message)
    return _render(request, project, assistant, texts, chosen_set=saved.pk, is_open=True)


def _refuse(
    request: HttpRequest, project: Project, assistant: Assistant, texts: Texts, error: str
) -> HttpResponse:
    return _render(
        request,
        project,
        assistant,
        texts,
        status=422,
        is_open=True,
        set_error=error,
        set_name=request.POST.get("set_name", ""),
    )


@project_view("POST", verb="delete_value_set")
def delete(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Delete the set ``value_set``. The values in the form stay."""
    assistant = get_assistant(project, assistant_id)
    set_id = whole_number(request.POST.get("value_set", ""))
    if set_id is not None:
        value_sets.delete_value_set(project=project, assistant_id=assistant_id, set_id=set_id)
    return _render(request, project, assistant, texts_in(request), is_open=True)
