"""The values of variables for a user's next runs: the form above the composer, and saved sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
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
from assistants_app.models import Assistant, File, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.value_sets import get_value_set, value_sets_of
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.files.files import files_by_id, list_files
from assistants_app.rendering.text.previews import RASTER_IMAGES
from assistants_app.services.assistants import value_sets
from assistants_app.services.assistants.configurations import (
    base_configuration,
    draft_configuration,
)
from assistants_app.web.assistants.run_options import REMEMBERED, runs_published
from assistants_app.web.assistants.variables import typed_text, typed_value
from assistants_app.web.file_bytes import is_image_for_model
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.typed_lines import plain_lines
from assistants_app.wire.assistants.variables import value_problems

CHANGED = "variableschanged"  # the event on which the page fetches the form again
COUNTED = "valueschanged"  # the event on which it counts the tokens of the next run again
RUN_VALUES = "run_values"
PREFIX = "variable:"
# Longer values, or more of them, go with runs from the composer, and the session doesn't keep them.
CHARACTERS = 20_000
CHARACTERS_IN_ALL = 100_000
OFFERED_FILES = 100
# Where the form sends values to be checked, and what its saved sets do, by the name in templates.
SET_ROUTES = {
    "values": "run_values",
    "load_values": "load_value_set",
    "save_values": "save_value_set",
    "delete_values": "delete_value_set",
}

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ValueField:
    """A field of the form. `number` identifies it on the page, because names may have dots.

    `file`: the chosen one, if there is one.
    """

    number: int
    declaration: Declaration
    text: str
    is_missing: bool
    error: str
    file: File | None = None

    @property
    def takes_files(self) -> bool:
        """Whether its value is a file."""
        return self.declaration.type in (IMAGE, FILE)

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{PREFIX}{self.declaration.name}"

    @property
    def accept(self) -> str:
        """What a person can upload, as in the attribute of the browser's chooser."""
        return ",".join(sorted(RASTER_IMAGES)) if self.declaration.type == IMAGE else ""

    @property
    def is_picture(self) -> bool:
        """Whether its file can be shown as an image."""
        return self.file is not None and is_image_for_model(self.file)

    @property
    def shown(self) -> str:
        """The value for people: a file by its name."""
        return self.file.filename if self.file else self.text

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
    texts = kept_texts(request, assistant_id)
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


def kept_texts(request: HttpRequest, owner_id: str) -> dict[str, str]:
    """Return what the session keeps of the values for an assistant or a comparison."""
    kept: dict[str, str] = request.session.get(RUN_VALUES, {}).get(owner_id, {})
    return kept


def typed_values(declarations: Declarations, texts: Texts) -> dict[str, Any]:
    """Return the values that these texts mean, by variable."""
    # An empty field means the default. A variable that isn't declared any more has no field.
    return {
        name: typed_value(declaration.type, texts[name])
        for name, declaration in declarations.items()
        if texts.get(name)
    }


def keep_texts(request: HttpRequest, owner_id: str, texts: Texts) -> None:
    """Keep the values for an assistant or a comparison in the session."""
    kept: dict[str, str] = {}
    left = CHARACTERS_IN_ALL
    # Values of variables that were removed just now, too: they may come back by an Undo.
    before = {
        name: text for name, text in kept_texts(request, owner_id).items() if name not in texts
    }
    for name, text in {**texts, **before}.items():
        if text and len(text) <= min(CHARACTERS, left):
            kept[name] = text
            left -= len(text)
    others = request.session.get(RUN_VALUES, {})
    others.pop(owner_id, None)  # and to the end, so that the oldest are forgotten first
    remembered = {**others, owner_id: kept} if kept else others
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
        texts = kept_texts(request, assistant.id)
    sets = value_sets_of(project, assistant.id) if declarations else []
    return {
        **fields_context(project, value_fields_of(declarations, texts)),
        "values_form": "composer-form",
        "value_sets": [(str(saved.pk), saved.name) for saved in sets],
        **{
            f"{name}_url": reverse(route, args=[project.id, assistant.id])
            for name, route in SET_ROUTES.items()
        },
    }


def fields_context(project: Project, fields: Sequence[ValueField]) -> dict[str, Any]:
    """Return the context of these fields, with the names of files, and files to choose from."""
    takes_files = any(field.takes_files for field in fields)
    offered = list_files(project, PageParams(limit=OFFERED_FILES)).items if takes_files else []
    chosen = [field.text for field in fields if field.takes_files and field.text]
    files = files_by_id(project.id, chosen) if chosen else {}
    return {
        "value_fields": [
            replace(field, file=files.get(field.text)) if field.takes_files else field
            for field in fields
        ],
        "missing_values": sum(one.is_missing for one in fields),
        "wrong_values": sum(bool(one.error) for one in fields),
        "offered_files": offered,
        "files_url": reverse("files", args=[project.id]),
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
        texts = {**kept_texts(request, assistant_id), **texts}
    keep_texts(request, assistant_id, texts)
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
    answer = render(request, template, context, status=status)
    answer["HX-Trigger"] = COUNTED
    return answer


@project_view("POST", verb="set_run_options")
def load(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Fill the form with the set ``value_set``. Values that it doesn't have stay as they are."""
    assistant = get_assistant(project, assistant_id)
    texts = texts_in(request)
    chosen = whole_number(request.POST.get("value_set", ""))
    if chosen is not None:
        saved = get_value_set(project, assistant_id, chosen)
        texts |= {name: typed_text(value) for name, value in saved.values.items()}
    keep_texts(request, assistant_id, texts)
    return _render(request, project, assistant, texts, chosen_set=str(chosen or ""), is_open=True)


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
    return _render(request, project, assistant, texts, chosen_set=str(saved.pk), is_open=True)


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
