"""Resolve a run's configuration from its assistant and its request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext

from assistants_app.domain.configurations.origins import API
from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.services import tool_settings
from assistants_app.services.assistants.configurations import (
    apply_draft,
    apply_version,
    revision_of,
)
from assistants_app.statements.reads import find_assistant
from assistants_app.wire.common import ToolResources
from assistants_app.wire.runs.runs import RunSettings


@dataclass(frozen=True, slots=True)
class SeenDraft:
    """The draft that a person saw on the page: its assistant and its revision."""

    assistant_id: str
    revision: str


@dataclass(frozen=True)
class Requester:
    """Who requests a run, from where, and which configuration of the assistant they want.

    `version` is a published version. Without it, the draft of the user `draft_of` applies, if they
    have one. A run is refused if they have `seen` another draft. `api_key_id` is charged with the
    usage, and empty for runs of the page. `person_id` is needed only in workers, where nobody acts.
    `origin` is that of the run, and of a thread that is made for it.
    """

    version: int | None = None
    draft_of: User | None = None
    seen: SeenDraft | None = None
    api_key_id: str = ""
    person_id: int | None = None
    origin: str = API


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfiguration:
    """The configuration of a run, with fields named after the run's columns."""

    assistant_id: str
    version_number: int
    used_draft: bool
    draft_author: User | None
    model: str
    instructions: str
    tools: list[dict[str, Any]]
    tool_resources: dict[str, Any]
    metadata: dict[str, str]
    temperature: float | None
    top_p: float | None
    reasoning_effort: str | None
    response_format: str | dict[str, Any]
    tool_choice: str | dict[str, Any]
    parallel_tool_calls: bool
    truncation_strategy: dict[str, Any]
    max_prompt_tokens: int | None
    max_completion_tokens: int | None

    def columns(self) -> dict[str, Any]:
        """Return the columns of the run, by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class _Source:
    assistant: Assistant
    version_number: int
    draft_author: User | None = None


def configuration_for(
    project: Project,
    params: RunSettings,
    requester: Requester,
    *,
    assistant: Assistant | None = None,
    additional_instructions: str | None = None,
    tool_resources: ToolResources | None = None,
) -> RunConfiguration:
    """Return the configuration of the run that `params` request.

    `assistant` is the one that they name, if it has been read already.

    The request's fields replace those of the assistant's published configuration, version or draft,
    whichever `requester` chooses.

    Raises :class:`NotFound` without the assistant or its version, :class:`Conflict` for a draft
    that its author has not seen, and :class:`InvalidRequest` for a draft that can't be published or
    a tool choice without its tool.
    """
    source = _choose_source(
        project, assistant or _get_assistant(project, params.assistant_id), requester
    )
    assistant = source.assistant
    # Null in a request means "as the assistant has it". 0 and the empty string are values.
    given = {name: value for name, value in params.given().items() if value is not None}
    tools = assistant.tools if params.tools is None else tool_settings.resolve_tools(params.tools)
    tool_choice = given.get("tool_choice", "auto")
    _check_tool_choice(tool_choice, tools)
    return RunConfiguration(
        assistant_id=assistant.id,
        version_number=source.version_number,
        used_draft=source.draft_author is not None,
        draft_author=source.draft_author,
        model=given.get("model", assistant.model),
        instructions=_instructions(assistant, given, additional_instructions),
        tools=tools,
        tool_resources=(
            assistant.tool_resources
            if tool_resources is None
            else tool_settings.resolve_tool_resources(
                project, tool_resources, present=assistant.tool_resources
            )
        ),
        metadata=given.get("metadata", {}),
        temperature=given.get("temperature", assistant.temperature),
        top_p=given.get("top_p", assistant.top_p),
        reasoning_effort=given.get("reasoning_effort", assistant.reasoning_effort),
        response_format=given.get("response_format", assistant.response_format or "auto"),
        tool_choice=tool_choice,
        parallel_tool_calls=given.get("parallel_tool_calls", True),
        truncation_strategy={
            "type": "auto",
            "last_messages": None,
            **given.get("truncation_strategy", {}),
        },
        max_prompt_tokens=given.get("max_prompt_tokens"),
        max_completion_tokens=given.get("max_completion_tokens"),
    )


def _get_assistant(project: Project, assistant_id: str) -> Assistant:
    assistant = find_assistant(project.id, assistant_id)
    if assistant is None:
        raise NotFound("assistant", assistant_id)
    return assistant


def _choose_source(project: Project, assistant: Assistant, requester: Requester) -> _Source:
    if requester.version is not None:
        return _Source(apply_version(project, assistant, requester.version), requester.version)
    draft = None
    if requester.draft_of is not None:
        draft = AssistantDraft.objects.filter(assistant=assistant, user=requester.draft_of).first()
        _check_seen(requester.seen, assistant, draft)
    if draft is None:
        return _Source(assistant, assistant.version_number)
    return _Source(apply_draft(project, assistant, draft), draft.base_number, requester.draft_of)


def _check_seen(seen: SeenDraft | None, assistant: Assistant, draft: AssistantDraft | None) -> None:
    if seen is None or seen.assistant_id != assistant.id:
        return
    if seen.revision != revision_of(assistant, draft):
        raise Conflict(
            gettext(
                "The configuration was changed elsewhere, so nothing was sent. "
                "Check the changes, then run again."
            ),
            code="draft_changed",
        )


def _instructions(assistant: Assistant, given: Mapping[str, Any], additional: str | None) -> str:
    instructions: str = given.get("instructions", assistant.instructions or "")
    # The empty string is a value: a request can run an assistant without its instructions.
    if not additional:
        return instructions
    return f"{instructions}\n{additional}" if instructions else additional


def _check_tool_choice(choice: str | dict[str, Any], tools: list[dict[str, Any]]) -> None:
    if choice in ("auto", "none"):
        return
    problem = ""
    if not tools:
        problem = "'tool_choice' is only allowed when 'tools' are specified"
    elif isinstance(choice, dict) and not any(_is_chosen(choice, tool) for tool in tools):
        kind, name = choice["type"], (choice.get("function") or {}).get("name")
        what = f"function named '{name}'" if kind == FUNCTION else f"tool of type '{kind}'"
        problem = f"no {what} was specified in the 'tools' parameter"
    if problem:
        raise InvalidRequest(f"Invalid value for 'tool_choice': {problem}.", param="tool_choice")


def _is_chosen(choice: dict[str, Any], tool: dict[str, Any]) -> bool:
    if choice["type"] != tool["type"]:
        return False
    named = (choice.get("function") or {}).get("name")
    return bool(tool["type"] != FUNCTION or tool["function"]["name"] == named)
