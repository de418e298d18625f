"""Pieces of the services of assistants. They run inside the caller's transaction and commit
nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.queries.assistants.versions import get_version
from assistants_app.services import tool_settings
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.assistants.configurations import (
    Configuration,
    apply,
    configuration_of,
    repeated_key,
    whole,
)
from assistants_app.wire.common import ToolResources
from assistants_app.wire.validation import parse, problems


def columns_from(project: Project, params: AssistantModifyParams) -> dict[str, Any]:
    """The given parameters as columns. Null empties; only the model cannot be emptied."""
    given = params.given()
    if "model" in given and given["model"] is None:
        raise InvalidRequest(
            "Invalid type for 'model': expected a string, but got null instead.",
            param="model",
            code="invalid_type",
        )
    if "tools" in given:
        given["tools"] = tool_settings.resolve_tools(params.tools)
    if "tool_resources" in given:
        given["tool_resources"] = tool_settings.resolve_tool_resources(
            project, params.tool_resources
        )
    if "metadata" in given:
        given["metadata"] = given["metadata"] or {}
    return given


def problems_of(
    project: Project, configuration: Configuration, *, new: bool = False
) -> dict[str, str]:
    """What keeps a configuration from being published, by the name of the API's parameter and in
    the API's words. Empty: nothing. `new`: of an assistant that is not there yet.
    """
    params = AssistantCreateParams if new else AssistantModifyParams
    found = {fault.param or "": fault.message for fault in problems(params, configuration)}
    if (repeated := repeated_key(configuration.get("metadata"))) is not None:
        found["metadata"] = f"Invalid 'metadata': two rows have the same key '{repeated}'."
    for name, value in configuration.items():
        if any(_is_within(param, name) for param in found):
            continue
        try:
            columns_from(project, parse(AssistantModifyParams, {name: value}))
        except (InvalidRequest, NotFound) as fault:
            found[fault.param or name] = fault.message
    return found


def _is_within(param: str, field: str) -> bool:
    return param == field or param.startswith((f"{field}.", f"{field}["))


def apply_draft(project: Project, assistant: Assistant, draft: AssistantDraft) -> Assistant:
    """`assistant` with the draft's whole configuration, for reading alone.

    Raises :class:`InvalidRequest` for the first thing that is wrong with it.
    """
    apply(columns_to_publish(project, draft_configuration(assistant, draft)), assistant)
    return assistant


def columns_to_publish(project: Project, configuration: Configuration) -> dict[str, Any]:
    """Return the columns that a draft's configuration publishes.

    Raises :class:`InvalidRequest` with the first problem of the draft.
    """
    try:
        return columns_from(project, parse(AssistantModifyParams, configuration))
    except (InvalidRequest, NotFound):
        # Slower, field by field, and only for drafts that fail: its words name the field.
        for param, message in problems_of(project, configuration).items():
            raise InvalidRequest(message, param=param, code="invalid_draft") from None
        raise


def apply_version(project: Project, assistant: Assistant, number: int) -> Assistant:
    """`assistant` as it was published under this number, without what is gone since, for reading
    alone. Raises :class:`NotFound`.
    """
    configuration, _gone = drop_missing_resources(project, base_configuration(assistant, number))
    apply(columns_from(project, parse(AssistantModifyParams, configuration)), assistant)
    return assistant


def draft_configuration(assistant: Assistant, draft: AssistantDraft) -> Configuration:
    """The draft's fields over those of the version that it began from."""
    return {**base_configuration(assistant, draft.base_number), **draft.changes}


def base_configuration(assistant: Assistant, number: int) -> Configuration:
    """The configuration of a version of this assistant; the present one needs no look-up."""
    if number == assistant.version_number:
        return configuration_of(assistant)
    return whole(get_version(assistant.project, assistant.id, number).configuration)


def drop_missing_resources(
    project: Project, configuration: Configuration
) -> tuple[Configuration, list[str]]:
    """The configuration without files and stores that this project does not have, and their ids."""
    given = configuration.get("tool_resources")
    if not isinstance(given, Mapping):
        return configuration, []
    gone: list[str] = []
    kept: dict[str, Any] = {}
    for tool, name, ids in _references(given):
        there = [object_id for object_id in ids if _is_there(project, tool, name, object_id)]
        gone += [str(object_id) for object_id in ids if object_id not in there]
        kept[tool] = {name: there}
    return {**configuration, "tool_resources": {**given, **kept}}, gone


def _references(resources: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    for tool, name in ((CODE_INTERPRETER, "file_ids"), (FILE_SEARCH, "vector_store_ids")):
        of_tool = resources.get(tool)
        ids = of_tool.get(name) if isinstance(of_tool, Mapping) else None
        if isinstance(ids, list):
            yield tool, name, ids


def _is_there(project: Project, tool: str, name: str, object_id: Any) -> bool:
    if not isinstance(object_id, str):
        return True  # no id at all: validation says so better
    try:
        tool_settings.resolve_tool_resources(
            project, parse(ToolResources, {tool: {name: [object_id]}})
        )
    except NotFound:
        return False
    return True
