"""Turn a run into a request to its model."""

from typing import Any

from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Run
from assistants_app.providers.chat import ChatRequest
from assistants_app.queries.runs.runs import has_called_tools
from assistants_app.tools import BUILT_IN, toolbox


def chat_request(
    run: Run, messages: list[dict[str, Any]], completion_left: int | None
) -> ChatRequest:
    """Return the request for the run's next turn.

    `completion_left` limits the reply, in tokens; None means no limit.
    """
    tools = offered_tools(run)
    return ChatRequest(
        model=run.model,
        messages=messages,
        tools=tools,
        # OpenAI refuses these two without tools.
        tool_choice=_tool_choice(run) if tools else None,
        parallel_tool_calls=run.parallel_tool_calls if tools else None,
        temperature=run.temperature,
        top_p=run.top_p,
        response_format=None if run.response_format == "auto" else run.response_format,
        max_completion_tokens=completion_left,
        reasoning_effort=run.reasoning_effort,
    )


def offered_tools(run: Run) -> list[dict[str, Any]]:
    """Return the run's tools as functions of chat completions."""
    built_in = [tool.definition(run) for tool in toolbox(run).values()]
    return built_in + [_chat_function(tool) for tool in run.tools if tool["type"] == FUNCTION]


def _chat_function(tool: dict[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool["function"].items() if value is not None}
    function.setdefault("parameters", {"type": "object", "properties": {}})
    # False is the default, and not every provider knows the field.
    if not function.get("strict"):
        function.pop("strict", None)
    return {"type": FUNCTION, "function": function}


def _tool_choice(run: Run) -> str | dict[str, Any] | None:
    choice: str | dict[str, Any] = run.tool_choice
    if choice == "auto":  # the default
        return None
    if choice == "none":
        return "none"
    # A tool is forced once. A model that is forced in every turn never replies.
    if has_called_tools(run):
        return None
    if isinstance(choice, dict) and choice["type"] in BUILT_IN:
        return {"type": FUNCTION, "function": {"name": choice["type"]}}
    return choice
