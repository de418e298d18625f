"""What the configuration column shows: the person's draft, what is wrong with it, and the model."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.queries.versions import find_draft
from assistants_app.services.drafts import SavedDraft
from assistants_app.services.version_parts import draft_configuration, problems_of
from assistants_app.web.forms import AssistantForm, body_of, form_of, held_files, place_problems
from assistants_app.web.http import author_of
from assistants_app.web.run_options import runs_published
from assistants_app.web.store_context import panel_context
from assistants_app.wire.configurations import Configuration, configuration_of


@dataclass(frozen=True, slots=True)
class Shown:
    """The form, filled from the draft if there is one, and that draft's state."""

    form: AssistantForm
    saved: SavedDraft


def shown_draft(project: Project, assistant: Assistant, mine: AssistantDraft | None) -> Shown:
    """The assistant as the owner of this draft left it; without one, as published."""
    configuration = draft_configuration(assistant, mine) if mine else configuration_of(assistant)
    saved = SavedDraft(mine, configuration, problems_of(project, configuration) if mine else {})
    form = form_of(Assistant(**configuration))
    mark(form, saved.configuration, saved.problems)
    return Shown(form, saved)


def mark(form: AssistantForm, configuration: Configuration, problems: dict[str, str]) -> None:
    """Put under the form's fields what is wrong with the configuration that it shows."""
    body_of(form, Assistant(**configuration))
    place_problems(form, configuration, problems)


def configuration_context(
    request: HttpRequest, project: Project, assistant: Assistant
) -> dict[str, Any]:
    """What the column's templates are given."""
    shown = shown_draft(project, assistant, find_draft(project, assistant.id, author_of(request)))
    form = shown.form
    return {
        "assistant": assistant,
        "form": form,
        "saved": shown.saved,
        "next_number": assistant.version_number + 1,
        "runs_published": runs_published(request),
        "held": held_files(project, form),
        **panel_context(project, form.values["store"]),
    }
