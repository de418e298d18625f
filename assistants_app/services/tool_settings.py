"""Turn the tools and tool resources of a request into the columns of a row."""

from collections.abc import Iterable, Mapping
from typing import Any

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Project
from assistants_app.queries.files.files import require_files
from assistants_app.queries.stores.stores import stores_by_id
from assistants_app.services.stores import attachments
from assistants_app.wire.common import FileSearchResources, ToolResources
from assistants_app.wire.tool_defaults import without_defaults
from assistants_app.wire.validation import Params


def resolve_tool_resources(
    project: Project,
    resources: ToolResources | None,
    *,
    present: Mapping[str, Any] | None = None,
    store_days: int | None = None,
) -> dict[str, Any]:
    """Return tool resources as they are stored, and create the vector stores that they describe.

    Resources that a request doesn't name stay as in `present`. A list or null replaces them, at
    every level. New stores expire `store_days` after their last use. Raises :class:`NotFound` for a
    file or store that doesn't exist.
    """
    if resources is None:
        return {}
    stored = dict(present or {})
    for tool in resources.model_fields_set:
        if getattr(resources, tool) is None:
            stored.pop(tool, None)
    if (code := resources.code_interpreter) and (code.model_fields_set or not present):
        require_files(project, code.file_ids or [])
        stored[CODE_INTERPRETER] = {"file_ids": code.file_ids or []}
    if (search := resources.file_search) and (search.model_fields_set or not present):
        ids = _resolve_stores(project, search, days=store_days)
        stored[FILE_SEARCH] = {"vector_store_ids": ids}
    return stored


def _resolve_stores(project: Project, given: FileSearchResources, *, days: int | None) -> list[str]:
    existing = given.vector_store_ids or []
    if existing and given.vector_stores:
        raise InvalidRequest(
            "Only one of 'vector_store_ids' and 'vector_stores' can be given.",
            param="tool_resources.file_search",
            code="mutually_exclusive_parameters",
        )
    found = stores_by_id(project.id, existing)
    for store_id in existing:
        if store_id not in found:
            raise NotFound("vector store", store_id)
    new = given.vector_stores or []
    return existing + [attachments.create_inline_store(project, store, days=days) for store in new]


def resolve_tools(given: Iterable[Params] | None) -> list[dict[str, Any]]:
    """Return tools as they are stored.

    Raises :class:`InvalidRequest` for a function with the name of one of the other tools.
    """
    tools: list[dict[str, Any]] = without_defaults([tool.given() for tool in given or []])
    types = {tool["type"] for tool in tools}
    for index, tool in enumerate(tools):
        if tool["type"] != FUNCTION:
            continue
        # OpenAI's answers have `strict` even if the request has not.
        tool["function"].setdefault("strict", False)
        # Models see built-in tools as functions too, so their names must differ.
        if (name := tool["function"]["name"]) in types:
            raise InvalidRequest(
                f"Invalid 'tools[{index}].function.name': '{name}' is the name of another tool "
                "of this assistant. Rename the function.",
                param=f"tools[{index}].function.name",
                code="invalid_value",
            )
    return tools
