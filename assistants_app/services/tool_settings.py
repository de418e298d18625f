"""Tools and tool resources of a request, as they are stored."""

from collections.abc import Iterable
from typing import Any

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Project
from assistants_app.queries.files.files import require_files
from assistants_app.queries.stores.stores import stores_by_id
from assistants_app.services.stores import attachments
from assistants_app.wire.common import FileSearchResources, ToolResources
from assistants_app.wire.validation import Params


def resolve_tool_resources(
    project: Project, resources: ToolResources | None, *, store_days: int | None = None
) -> dict[str, Any]:
    """Tool resources as they are kept; a vector store that they bring along is made, and expires
    `store_days` after its last use. Raises for files and stores that do not exist.
    """
    if resources is None:
        return {}
    file_ids: list[str] = []
    if resources.code_interpreter:
        file_ids = resources.code_interpreter.file_ids or []
        require_files(project, file_ids)
    kept: dict[str, Any] = {}
    if resources.code_interpreter:
        kept[CODE_INTERPRETER] = {"file_ids": file_ids}
    if resources.file_search:
        kept[FILE_SEARCH] = {
            "vector_store_ids": _resolve_stores(project, resources.file_search, days=store_days)
        }
    return kept


def _resolve_stores(project: Project, given: FileSearchResources, *, days: int | None) -> list[str]:
    """Ids of the stores that are named, and of those that are brought along."""
    named = given.vector_store_ids or []
    if named and given.vector_stores:
        raise InvalidRequest(
            "Only one of 'vector_store_ids' and 'vector_stores' can be given.",
            param="tool_resources.file_search",
            code="mutually_exclusive_parameters",
        )
    there = stores_by_id(project.id, named)
    for store_id in named:
        if store_id not in there:
            raise NotFound("vector store", store_id)
    brought = given.vector_stores or []
    return named + [attachments.create_inline_store(project, store, days=days) for store in brought]


def resolve_tools(given: Iterable[Params] | None) -> list[dict[str, Any]]:
    """Tools as they are kept and shown. The vendor adds ``strict`` to functions without it."""
    kept = [tool.given() for tool in given or []]
    types = {tool["type"] for tool in kept}
    for index, tool in enumerate(kept):
        if tool["type"] != FUNCTION:
            continue
        tool["function"].setdefault("strict", False)
        if (name := tool["function"]["name"]) in types:
            raise InvalidRequest(
                f"Invalid 'tools[{index}].function.name': '{name}' is the name of another tool "
                "of this assistant. Rename the function.",
                param=f"tools[{index}].function.name",
                code="invalid_value",
            )
    return kept
