"""JSON of assistants (schemas ``CreateAssistantRequest``, ``AssistantObject``)."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from assistants_app.domain import limits
from assistants_app.models import Assistant
from assistants_app.wire import common
from assistants_app.wire.tool_defaults import shown_resources, shown_tools
from assistants_app.wire.validation import Params

Name = Annotated[str, StringConstraints(max_length=limits.NAME)]
Description = Annotated[str, StringConstraints(max_length=limits.DESCRIPTION)]
Instructions = Annotated[str, StringConstraints(max_length=limits.INSTRUCTIONS)]
ModelName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Tools = Annotated[list[common.Tool], Field(max_length=limits.ASSISTANT_TOOLS)]


class AssistantModifyParams(Params):
    model: ModelName | None = None
    name: Name | None = None
    description: Description | None = None
    instructions: Instructions | None = None
    reasoning_effort: common.ReasoningEffort | None = None
    tools: Tools | None = None
    tool_resources: common.ToolResources | None = None
    metadata: common.Metadata | None = None
    temperature: common.Temperature | None = None
    top_p: common.TopP | None = None
    response_format: common.ResponseFormat | None = None


class AssistantCreateParams(AssistantModifyParams):
    model: ModelName


def assistant_object(assistant: Assistant) -> dict[str, Any]:
    """Return the vendor's ``assistant`` object."""
    return {
        "id": assistant.id,
        "object": "assistant",
        "created_at": common.unix_time(assistant.created_at),
        "name": assistant.name,
        "description": assistant.description,
        "model": assistant.model,
        "instructions": assistant.instructions,
        "tools": shown_tools(assistant.tools),
        "tool_resources": shown_resources(assistant.tool_resources, assistant.tools),
        "metadata": assistant.metadata,
        # Null in the database keeps these out of requests to models, because many reasoning models
        # refuse them. The vendor shows its default of 1 instead.
        "temperature": 1.0 if assistant.temperature is None else assistant.temperature,
        "top_p": 1.0 if assistant.top_p is None else assistant.top_p,
        "reasoning_effort": assistant.reasoning_effort,
        "response_format": assistant.response_format or "auto",
    }
