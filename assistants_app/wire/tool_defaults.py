"""Tools and their resources, as they are stored and as the vendor's objects show them.

The vendor's objects have defaults that no request gave. Rows, drafts and versions leave those out,
so that a client that sends an object back changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION

Json = dict[str, Any]
RANKING: Json = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
# The vendor's document promises a string and an object for the first two, if they are there.
# Clients with types expect them there.
PLAIN_FUNCTION: Json = {
    "description": "",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}
NO_RESOURCES: dict[str, Json] = {
    CODE_INTERPRETER: {"file_ids": []},
    FILE_SEARCH: {"vector_store_ids": []},
}


def shown_tools(tools: Iterable[Json]) -> list[Json]:
    """Return stored tools with the vendor's defaults."""
    return [_shown_tool(tool) for tool in tools]


def _shown_tool(tool: Json) -> Json:
    if tool["type"] == FILE_SEARCH:
        options = tool.get(FILE_SEARCH) or {}
        ranking = {**RANKING, **(options.get("ranking_options") or {})}
        return {**tool, FILE_SEARCH: {**options, "ranking_options": ranking}}
    if tool["type"] == FUNCTION:
        given = {name: value for name, value in tool[FUNCTION].items() if value is not None}
        return {**tool, FUNCTION: {"name": given["name"], **PLAIN_FUNCTION, **given}}
    return tool


def shown_resources(resources: Mapping[str, Json], tools: Iterable[Json]) -> Json:
    """Return stored resources with an empty list for each tool that could have some."""
    of_tools = {
        kind: empty
        for kind, empty in NO_RESOURCES.items()
        if any(tool["type"] == kind for tool in tools)
    }
    return {**of_tools, **without_empty(resources)}


def without_defaults(tools: Any) -> Any:
    """Return tools without the defaults of :func:`shown_tools`. A draft's may be anything."""
    if not isinstance(tools, Sequence) or isinstance(tools, str):
        return tools
    return [_without_ranking(_without_plain(tool)) for tool in tools]


def _without_plain(tool: Any) -> Any:
    function = tool.get(FUNCTION) if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping) or tool.get("type") != FUNCTION:
        return tool
    # Not without `strict`, which rows have.
    kept = {
        name: value
        for name, value in function.items()
        if name == "strict" or name not in PLAIN_FUNCTION or value != PLAIN_FUNCTION[name]
    }
    return {**tool, FUNCTION: kept}


def _without_ranking(tool: Any) -> Any:
    options = tool.get(FILE_SEARCH) if isinstance(tool, Mapping) else None
    if not isinstance(options, Mapping) or tool.get("type") != FILE_SEARCH:
        return tool
    kept = dict(options)
    if isinstance(ranking := kept.pop("ranking_options", None), Mapping):
        ranking = {
            name: value
            for name, value in ranking.items()
            if value is not None and (name not in RANKING or value != RANKING[name])
        }
    if ranking:
        kept["ranking_options"] = ranking
    bare = {name: value for name, value in tool.items() if name != FILE_SEARCH}
    return {**bare, FILE_SEARCH: kept} if kept else bare


def without_empty(resources: Any) -> Any:
    """Return resources without tools that have none. A draft's may be anything."""
    if not isinstance(resources, Mapping):
        return resources
    return {kind: given for kind, given in resources.items() if given != NO_RESOURCES.get(kind, {})}
