"""The configuration column: the user's draft, its errors, and notes on the model."""

from dataclasses import dataclass, replace
from typing import Any, get_args

from django.http import HttpRequest

from assistants_app.domain import limits
from assistants_app.domain.configurations.variables import Declarations, declared
from assistants_app.domain.tokens import count_tokens
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.services.assistants.configurations import (
    draft_configuration,
    problems_of,
    revision_of,
)
from assistants_app.services.assistants.drafts import SavedDraft
from assistants_app.tools.code_interpreter.hosts import limits as sandbox_limits
from assistants_app.web.assistants.autosave import Edit
from assistants_app.web.assistants.form import (
    RESPONSE_FORMATS,
    AssistantForm,
    body_of,
    form_of,
    held_files,
    place_problems,
)
from assistants_app.web.assistants.model_notes import model_notes
from assistants_app.web.assistants.run_options import options_context, runs_published
from assistants_app.web.assistants.shared_form import seen_parts
from assistants_app.web.assistants.values import values_context
from assistants_app.web.assistants.variables import NEW_ROW, TYPE_NAMES
from assistants_app.web.http import author_of
from assistants_app.web.stores.context import panel_context
from assistants_app.wire.assistants.configurations import Configuration, configuration_of
from assistants_app.wire.common import ReasoningEffort

EFFORTS = get_args(ReasoningEffort)


@dataclass(frozen=True, slots=True)
class Shown:
    """The form, filled from the draft if there is one, and the draft's state.

    `seen` has the fingerprints of the form's parts.
    """

    form: AssistantForm
    saved: SavedDraft
    seen: dict[str, str]
    revision: str


def shown_draft(project: Project, assistant: Assistant, mine: AssistantDraft | None) -> Shown:
    """Return the assistant as in this draft, or as published without one."""
    configuration = draft_configuration(assistant, mine) if mine else configuration_of(assistant)
    saved = SavedDraft(mine, configuration, problems_of(project, configuration) if mine else {})
    form = form_of(Assistant(**configuration))
    mark_problems(form, saved.configuration, saved.problems)
    return Shown(form, saved, seen_parts(configuration), revision_of(assistant, mine))


def mark_problems(
    form: AssistantForm, configuration: Configuration, problems: dict[str, str]
) -> None:
    """Add the errors of `configuration`, which the form shows, to the form's fields."""
    # Converting the form finds its own errors, such as broken JSON, as a side effect.
    body_of(form, Assistant(**configuration))
    place_problems(form, configuration, problems)


def configuration_context(
    request: HttpRequest, project: Project, assistant: Assistant, *, edit: Edit | None = None
) -> dict[str, Any]:
    """Return the context of the configuration column, with the values of an unsaved `edit`."""
    shown = shown_draft(project, assistant, find_draft(project, assistant.id, author_of(request)))
    if edit is not None:
        shown = replace(shown, form=edit.form)
    form, tools = shown.form, shown.saved.configuration["tools"]
    form.mocks = mocks_of(project, assistant.id)
    return {
        "assistant": assistant,
        "form": form,
        "saved": shown.saved,
        "seen": shown.seen,
        "revision": shown.revision,
        "next_number": assistant.version_number + 1,
        "runs_published": runs_published(request),
        "held": held_files(project, form),
        "metadata_rows": _metadata_rows(form),
        "efforts": EFFORTS,
        "formats": RESPONSE_FORMATS,
        "sandbox": sandbox_limits(),
        "tool_choices": _tool_choices(tools),
        "variable_types": TYPE_NAMES.items(),
        "new_variable": NEW_ROW,
        **values_context(request, project, assistant, _variables(request, assistant, shown)),
        **options_context(request, assistant.id),
        **draft_notes(project, form),
        **panel_context(project, form.values["store"]),
    }


def _variables(request: HttpRequest, assistant: Assistant, shown: Shown) -> Declarations:
    configuration = shown.saved.configuration
    return declared(assistant.variables if runs_published(request) else configuration["variables"])


def draft_notes(project: Project, form: AssistantForm) -> dict[str, Any]:
    """Return the notes beside the fields that change while somebody types."""
    return {
        "notes": model_notes(project, form),
        "instruction_tokens": count_tokens(form.values["instructions"]),
    }


def _metadata_rows(form: AssistantForm) -> list[tuple[str, str]]:
    # All 16 rows that the API allows. The style sheet hides the empty rows except the first, so
    # adding a row needs no script.
    rows: list[tuple[str, str]] = form.values["metadata"]
    return rows + [("", "")] * (limits.METADATA_PAIRS - len(rows))


def _tool_choices(tools: list[dict[str, Any]]) -> list[str]:
    named = [tool_name(tool) for tool in tools]
    return ["auto", "none", "required", *(name for name in named if name)]


def tool_name(tool: dict[str, Any]) -> str:
    """Return the tool's name for people, or "" for a function whose JSON is incomplete."""
    if tool["type"] != FUNCTION:
        return str(tool["type"])
    function = tool["function"]
    return str(function.get("name", "")) if isinstance(function, dict) else ""
