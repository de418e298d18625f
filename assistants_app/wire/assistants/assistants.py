"""JSON of assistants (schemas ``CreateAssistantRequest``, ``AssistantObject``)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from assistants_app.domain import limits
from assistants_app.models import Assistant
from assistants_app.wire import common
from assistants_app.wire.assistants.variables import Variables
from assistants_app.wire.tool_defaults import shown_resources, shown_tools
from assistants_app.wire.validation import Params, moved

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
    variables: Variables | None = None  # ours

    @model_validator(mode="before")
    @classmethod
    def _names_the_successor_of_file_ids(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "file_ids" in value:
            raise moved(
                "file_ids",
                "In version 2 of the Assistants API, files belong to tools: use "
                "'tool_resources.code_interpreter.file_ids', or a vector store in "
                "'tool_resources.file_search.vector_store_ids'.",
            )
        return value


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
        # Ours. An assistant without variables looks like the vendor's.
        **({"variables": assistant.variables} if assistant.variables else {}),
    }
