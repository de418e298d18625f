"""Tool calls for models without native ones: the reply is constrained by a JSON schema.

The model may answer ``{"tool": NAME, "arguments": {...}}`` or ``{"reply": "..."}``. In our
measurements, tiny models kept to it in 5 of 6 cases and larger ones always. After a tool's result
the tools are withheld, because such models would otherwise call them again forever.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from assistants_app.providers.capabilities import with_instructions
from assistants_app.providers.chat import ChatRequest
from assistants_app.providers.constrained_reply import ARGUMENTS, REPLY, TOOL, Decoder


@dataclass(frozen=True, slots=True)
class Constrained:
    """A request without native tools. If `decoded`, its answer is our JSON."""

    request: ChatRequest
    decoded: bool

    def decoder(self) -> Decoder | None:
        """Return what decodes the answer, or None if it needs no decoding."""
        return Decoder() if self.decoded else None


def is_needed(request: ChatRequest) -> bool:
    """Return whether the request offers tools or has tool calls or results in its messages."""
    return bool(request.tools) or any(
        message["role"] == "tool" or message.get("tool_calls") for message in request.messages
    )


def constrain(request: ChatRequest) -> Constrained:
    """Return the request in a form for a model without native tool calls."""
    tools = _offered_tools(request)
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
        branches.append(_object_schema({REPLY: _reply_schema(request.response_format)}))
    schema = branches[0] if len(branches) == 1 else {"anyOf": branches}
    response_format = {"type": "json_schema", "json_schema": {"name": "turn", "schema": schema}}
    return Constrained(replace(bare, response_format=response_format), decoded=True)


def _offered_tools(request: ChatRequest) -> list[dict[str, Any]]:
    choice = request.tool_choice
    has_result = bool(request.messages) and request.messages[-1]["role"] == "tool"
    # After a result the model must answer: it would call the same tool again and again.
    if choice == "none" or has_result:
        return []
    if isinstance(choice, dict):
        wanted = choice.get("function", {}).get("name")
        return [tool for tool in request.tools if tool["function"]["name"] == wanted]
    return request.tools


def _call_schema(function: dict[str, Any]) -> dict[str, Any]:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return _object_schema({TOOL: {"const": function["name"]}, ARGUMENTS: parameters})


def _reply_schema(response_format: dict[str, Any] | None) -> dict[str, Any]:
    kind = (response_format or {}).get("type")
    if kind == "json_schema" and response_format:
        return response_format["json_schema"].get("schema") or {"type": "object"}
    return {"type": "object"} if kind == "json_object" else {"type": "string"}


def _object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _plain_messages(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]], may_reply: bool
) -> list[dict[str, Any]]:
    # Writes tool calls and results as ordinary messages, and describes the tools in words.
    names: dict[str, str] = {}
    plain: list[dict[str, Any]] = []
    after_result = False
    for message in messages:
        is_result = message["role"] == "tool"
        if is_result:
            name = names.get(message["tool_call_id"], TOOL)
            result = f"Result of {name}: {_text_of(message)}"
            # One message for all results, since many chat templates demand alternating roles.
            if after_result:
                result = f"{plain.pop()['content']}\n\n{result}"
            plain.append({"role": "user", "content": result})
        elif calls := message.get("tool_calls"):
            names |= {call["id"]: call["function"]["name"] for call in calls}
            written = [_call_as_json(call["function"]) for call in calls]
            said = [_text_of(message)] if message.get("content") else []
            plain.append({"role": "assistant", "content": "\n".join(said + written)})
        else:
            plain.append(message)
        after_result = is_result
    return _with_tool_instructions(plain, tools, may_reply) if tools else plain


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def _call_as_json(function: dict[str, Any]) -> str:
    return f'{{"{TOOL}": {json.dumps(function["name"])}, "{ARGUMENTS}": {function["arguments"]}}}'


def _with_tool_instructions(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]], may_reply: bool
) -> list[dict[str, Any]]:
    lines = [_describe(tool["function"]) for tool in tools]
    instructions = (
        "You can call these tools:\n" + "\n".join(lines) + "\nTo call one, answer with JSON: "
        f'{{"{TOOL}": its name, "{ARGUMENTS}": its arguments}}.'
    )
    if may_reply:
        instructions += f' Otherwise answer with JSON: {{"{REPLY}": your answer}}.'
    return with_instructions(messages, instructions)


def _describe(function: dict[str, Any]) -> str:
    # ``- name(argument, ...): description``, one short line: small models have a small context, and
    # the schema enforces the rest.
    properties = (function.get("parameters") or {}).get("properties") or {}
    line = f"- {function['name']}({', '.join(properties)})"
    return f"{line}: {function['description']}" if function.get("description") else line
