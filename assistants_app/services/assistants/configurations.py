"""Check configurations of assistants and apply them, within the caller's transaction."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistants_app.domain.configurations.variables import declared, file_ids
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import Assistant, AssistantDraft, Project, Run
from assistants_app.queries.assistants.versions import get_version
from assistants_app.queries.files.files import files_by_id, require_files
from assistants_app.services import tool_settings
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.assistants.configurations import (
    FIELDS,
    Configuration,
    apply,
    configuration_of,
    plain_tools,
    repeated_key,
    whole,
)
from assistants_app.wire.assistants.variables import stored_variables
from assistants_app.wire.common import ToolResources
from assistants_app.wire.validation import parse, problems

# What a run takes from the assistant's configuration.
RUN_FIELDS = [
    # A run has the values of variables in place of their declarations.
    name
    for name in FIELDS
    if name not in ("name", "description", "metadata", "variables")
]


def columns_from(
    project: Project, params: AssistantModifyParams, *, present: Assistant | None = None
) -> dict[str, Any]:
    """Return the columns that the request sets. Null clears a column, except the model.

    Tool resources that the request doesn't name stay as in `present`. Without it, as for a whole
    configuration, they are removed. Raises :class:`InvalidRequest`, and :class:`NotFound` for a
    file or vector store.
    """
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
            project, params.tool_resources, present=present.tool_resources if present else None
        )
    if "metadata" in given:
        given["metadata"] = given["metadata"] or {}
    if "variables" in given:
        given["variables"] = stored_variables(params.variables)
        defaults = {name: one.default for name, one in declared(given["variables"]).items()}
        require_files(project, file_ids(defaults))
    return given


def problems_of(
    project: Project, configuration: Configuration, *, new: bool = False
) -> dict[str, str]:
    """Return what keeps a configuration from being published: the API's messages by parameter.

    With `new`, for an assistant that doesn't exist yet, required parameters count too.
    """
    params = AssistantCreateParams if new else AssistantModifyParams
    found = {fault.param or "": fault.message for fault in problems(params, configuration)}
    if (repeated := repeated_key(configuration.get("metadata"))) is not None:
        found["metadata"] = f"Invalid 'metadata': two rows have the same key '{repeated}'."
    # Field by field, because a check of the whole configuration stops at the first problem.
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
    """Set the draft's configuration on the assistant, which must not be saved, and return it.

    Raises :class:`InvalidRequest` with the first problem of the draft.
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
        # Only for drafts that fail, because it is slower. Its messages name the field.
        for param, message in problems_of(project, configuration).items():
            raise InvalidRequest(message, param=param, code="invalid_draft") from None
        raise


def apply_version(project: Project, assistant: Assistant, number: int) -> Assistant:
    """Set a published version's configuration on the assistant, which must not be saved.

    Files and vector stores that were deleted since are left out. Return the assistant. Raises
    :class:`NotFound`.
    """
    configuration, _gone = drop_missing_resources(project, base_configuration(assistant, number))
    apply(columns_from(project, parse(AssistantModifyParams, configuration)), assistant)
    return assistant


def draft_configuration(assistant: Assistant, draft: AssistantDraft) -> Configuration:
    """Return the draft's changes, applied to the version that it started from."""
    return {**base_configuration(assistant, draft.base_number), **draft.changes}


def with_settings_of(
    run: Run, configuration: Configuration, variables: Sequence[Any] | None = None
) -> Configuration:
    """Return the configuration with the model, instructions, tools and so on of a run, and with
    these declarations of variables, if they are given.
    """
    settings = {name: getattr(run, name) for name in RUN_FIELDS}
    # A run has an empty text in place of null.
    settings["instructions"] = run.instructions or (configuration["instructions"] and None)
    declared = {} if variables is None else {"variables": list(variables)}
    return {**configuration, **settings, **plain_tools(settings), **declared}


def revision_of(assistant: Assistant, draft: AssistantDraft | None) -> str:
    """Return the draft's revision, or that of the published version without a draft.

    Two revisions are equal if both have the same changes to the same version.
    """
    number = draft.base_number if draft else assistant.version_number
    text = json.dumps([number, draft.changes if draft else {}])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def base_configuration(assistant: Assistant, number: int) -> Configuration:
    """Return the configuration of a version of the assistant. Raises :class:`NotFound`."""
    # The assistant's own columns have the newest version, so that needs no query.
    if number == assistant.version_number:
        return configuration_of(assistant)
    return whole(get_version(assistant.project, assistant.id, number).configuration)


def drop_missing_resources(
    project: Project, configuration: Configuration
) -> tuple[Configuration, list[str]]:
    """Return the configuration without files and vector stores that don't exist, and their ids."""
    configuration, missing = _drop_missing_defaults(project, configuration)
    given = configuration.get("tool_resources")
    if not isinstance(given, Mapping):
        return configuration, missing
    kept: dict[str, Any] = {}
    for tool, name, ids in _resource_ids(given):
        present = [object_id for object_id in ids if _exists(project, tool, name, object_id)]
        missing += [str(object_id) for object_id in ids if object_id not in present]
        kept[tool] = {name: present}
    return {**configuration, "tool_resources": {**given, **kept}}, missing


def _drop_missing_defaults(
    project: Project, configuration: Configuration
) -> tuple[Configuration, list[str]]:
    # A variable whose default is gone needs a value in each run.
    defaults = {name: one.default for name, one in declared(configuration.get("variables")).items()}
    files = files_by_id(project.id, file_ids(defaults))
    gone = {
        name: missing[0]
        for name, default in defaults.items()
        if (missing := [one for one in file_ids({name: default}) if one not in files])
    }
    if not gone:
        return configuration, []
    kept = [
        {field: value for field, value in item.items() if field != "default"}
        if isinstance(item, Mapping) and item.get("name") in gone
        else item
        for item in configuration["variables"]
    ]
    return {**configuration, "variables": kept}, list(gone.values())


def _resource_ids(resources: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    for tool, name in ((CODE_INTERPRETER, "file_ids"), (FILE_SEARCH, "vector_store_ids")):
        of_tool = resources.get(tool)
        ids = of_tool.get(name) if isinstance(of_tool, Mapping) else None
        if isinstance(ids, list):
            yield tool, name, ids


def _exists(project: Project, tool: str, name: str, object_id: Any) -> bool:
    if not isinstance(object_id, str):
        return True  # not an id; validation has a better message for it
    try:
        tool_settings.resolve_tool_resources(
            project, parse(ToolResources, {tool: {name: [object_id]}})
        )
    except NotFound:
        return False
    return True
