"""Tool calls for models without native ones: the reply is constrained by a JSON schema.

The model may answer ``{"tool": NAME, "arguments": {...}}`` or ``{"reply": "..."}``. In our
measurements, tiny models kept to it in 5 of 6 cases and larger ones always. After a tool's result
the tools are withheld, because such models would otherwise call them again forever.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from assistants_app.providers.capabilities import told_as_system
from assistants_app.providers.chat import ChatDelta, ChatRequest
from assistants_app.providers.constrained_reply import ARGUMENTS, REPLY, TOOL, decode


@dataclass(frozen=True, slots=True)
class Constrained:
    """A request without tools, and how its answer is read. `decoded`: the answer is our JSON."""

    request: ChatRequest
    decoded: bool

    def decode(self, deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
        """The model's deltas as if it had called tools natively."""
        return decode(deltas) if self.decoded else iter(deltas)


def is_needed(request: ChatRequest) -> bool:
    """Whether the request, or the thread behind it, has anything to do with tools."""
    return bool(request.tools) or any(
        message["role"] == "tool" or message.get("tool_calls") for message in request.messages
    )


def constrain(request: ChatRequest) -> Constrained:
    """The request for a model that knows no tools."""
    tools = _offered(request)
    may_reply = request.tool_choice is None or request.tool_choice == "auto"
    bare = replace(
        request,
        tools=[],
        tool_choice=None,
        parallel_tool_calls=None,
        messages=_plain_messages(request.messages, tools, may_reply),
    )
    if not tools:
        return Constrained(bare, decoded=False)
    branches = [_call_schema(tool["function"]) for tool in tools]
    if may_reply:
        branches.append(_object({REPLY: _reply_schema(request.response_format)}))
    schema = branches[0] if len(branches) == 1 else {"anyOf": branches}
    response_format = {"type": "json_schema", "json_schema": {"name": "turn", "schema": schema}}
    return Constrained(replace(bare, response_format=response_format), decoded=True)


def _offered(request: ChatRequest) -> list[dict[str, Any]]:
    choice = request.tool_choice
    has_result = bool(request.messages) and request.messages[-1]["role"] == "tool"
    if choice == "none" or has_result:
        return []
    if isinstance(choice, dict):
        wanted = choice.get("function", {}).get("name")
        return [tool for tool in request.tools if tool["function"]["name"] == wanted]
    return request.tools


def _call_schema(function: dict[str, Any]) -> dict[str, Any]:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return _object({TOOL: {"const": function["name"]}, ARGUMENTS: parameters})


def _reply_schema(response_format: dict[str, Any] | None) -> dict[str, Any]:
    kind = (response_format or {}).get("type")
    if kind == "json_schema" and response_format:
        return response_format["json_schema"].get("schema") or {"type": "object"}
    return {"type": "object"} if kind == "json_object" else {"type": "string"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _plain_messages(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]], may_reply: bool
) -> list[dict[str, Any]]:
    """The thread without tool messages, and the tools told in words."""
    names: dict[str, str] = {}
    plain: list[dict[str, Any]] = []
    after_result = False
    for message in messages:
        is_result = message["role"] == "tool"
        if is_result:
            name = names.get(message["tool_call_id"], TOOL)
            result = f"Result of {name}: {_text(message)}"
            # One message for all: many chat templates want user and assistant in turns.
            if after_result:
                result = f"{plain.pop()['content']}\n\n{result}"
            plain.append({"role": "user", "content": result})
        elif calls := message.get("tool_calls"):
            names |= {call["id"]: call["function"]["name"] for call in calls}
            told = [_told(call["function"]) for call in calls]
            said = [_text(message)] if message.get("content") else []
            plain.append({"role": "assistant", "content": "\n".join(said + told)})
        else:
            plain.append(message)
        after_result = is_result
    return _with_tools_told(plain, tools, may_reply) if tools else plain


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def _told(function: dict[str, Any]) -> str:
    return f'{{"{TOOL}": {json.dumps(function["name"])}, "{ARGUMENTS}": {function["arguments"]}}}'


def _with_tools_told(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]], may_reply: bool
) -> list[dict[str, Any]]:
    lines = [_described(tool["function"]) for tool in tools]
    told = (
        "You can call these tools:\n" + "\n".join(lines) + "\nTo call one, answer with JSON: "
        f'{{"{TOOL}": its name, "{ARGUMENTS}": its arguments}}.'
    )
    if may_reply:
        told += f' Otherwise answer with JSON: {{"{REPLY}": your answer}}.'
    return told_as_system(messages, told)


def _described(function: dict[str, Any]) -> str:
    """One line, since each costs a small context: ``- name(argument, ...): description``."""
    properties = (function.get("parameters") or {}).get("properties") or {}
    line = f"- {function['name']}({', '.join(properties)})"
    return f"{line}: {function['description']}" if function.get("description") else line
