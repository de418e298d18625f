"""Create, update and delete assistants."""

from typing import Any

from django.db import transaction

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Assistant, Project
from assistants_app.services import parts
from assistants_app.wire.assistants import AssistantCreateParams, AssistantModifyParams


@transaction.atomic(durable=True)
def create_assistant(*, project: Project, params: AssistantCreateParams) -> Assistant:
    """A new assistant."""
    return Assistant.objects.create(project=project, **_columns(project, params))


@transaction.atomic(durable=True)
def update_assistant(
    *, project: Project, assistant_id: str, params: AssistantModifyParams
) -> Assistant:
    """Change what the request gives, and nothing else. Raises :class:`NotFound`."""
    assistant = _locked(project, assistant_id)
    columns = _columns(project, params)
    for name, value in columns.items():
        setattr(assistant, name, value)
    if columns:
        assistant.save(update_fields=list(columns))
    return assistant


@transaction.atomic(durable=True)
def delete_assistant(*, project: Project, assistant_id: str) -> None:
    """Delete the assistant; its threads, messages and runs stay. Raises :class:`NotFound`."""
    _locked(project, assistant_id).delete()


def _locked(project: Project, assistant_id: str) -> Assistant:
    rows = Assistant.objects.select_for_update(no_key=True)
    assistant = rows.filter(project=project, pk=assistant_id).first()
    if assistant is None:
        raise NotFound("assistant", assistant_id)
    return assistant


def _columns(project: Project, params: AssistantModifyParams) -> dict[str, Any]:
    """The given parameters as columns. Null empties; only the model cannot be emptied."""
    columns = params.given()
    if "model" in columns and columns["model"] is None:
        raise InvalidRequest(
            "Invalid type for 'model': expected a string, but got null instead.",
            param="model",
            code="invalid_type",
        )
    if "tools" in columns:
        columns["tools"] = parts.tools(params.tools)
    if "tool_resources" in columns:
        columns["tool_resources"] = parts.tool_resources(project, params.tool_resources)
    if "metadata" in columns:
        columns["metadata"] = columns["metadata"] or {}
    return columns
