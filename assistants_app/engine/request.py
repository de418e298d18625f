"""A run's row as a request to its model."""

from typing import Any

from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Run
from assistants_app.providers.chat import ChatRequest
from assistants_app.tools import BUILT_IN, toolbox


def chat_request(
    run: Run, messages: list[dict[str, Any]], completion_left: int | None
) -> ChatRequest:
    """The request for the run's next turn; `completion_left` bounds the reply in tokens."""
    functions = offered_tools(run)
    return ChatRequest(
        model=run.model,
        messages=messages,
        tools=functions,
        tool_choice=_tool_choice(run.tool_choice) if functions else None,
        parallel_tool_calls=run.parallel_tool_calls if functions else None,
        temperature=run.temperature,
        top_p=run.top_p,
        response_format=None if run.response_format == "auto" else run.response_format,
        max_completion_tokens=completion_left,
        reasoning_effort=run.reasoning_effort,
    )


def offered_tools(run: Run) -> list[dict[str, Any]]:
    """The run's tools as functions in the form of chat completions."""
    built_in = [tool.definition(run) for tool in toolbox(run).values()]
    return built_in + [_function(tool) for tool in run.tools if tool["type"] == FUNCTION]


def _function(tool: dict[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool["function"].items() if value is not None}
    function.setdefault("parameters", {"type": "object", "properties": {}})
    if not function.get("strict"):
        function.pop("strict", None)
    return {"type": FUNCTION, "function": function}


def _tool_choice(choice: str | dict[str, Any]) -> str | dict[str, Any] | None:
    if choice == "auto":
        return None
    if isinstance(choice, dict) and choice["type"] in BUILT_IN:
        return {"type": FUNCTION, "function": {"name": choice["type"]}}
    return choice
