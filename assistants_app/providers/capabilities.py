"""What each model of an endpoint turned out not to support, learnt from its refusals.

Most servers don't list the parameters that they support. So a request is sent in full first, and a
part that the server calls unknown is left out from then on.
"""

import json
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)

Body = dict[str, Any]
JSON = "Answer with JSON alone"

# Words of refusals that are about a parameter and not about its value, from OpenAI and other
# servers. After a wrong value, the parameter must be sent again: the next value may be right.
_UNKNOWN = re.compile(
    r"unsupported|unrecogni|unknown|unexpected|unavailable|extra_forbidden|extra (inputs|fields)"
    r"|(not|n't) (yet )?(be )?(support|permit|allow|implement|available)|additional propert"
    r"|(invalid|illegal) (parameter|argument|field|key|property)"
    r"|roles? must alternate|only user(,? and|,) (assistant|model)",
    re.IGNORECASE,
)
_ABOUT_VALUE = re.compile(
    r"unsupported value(?!: .messages)|invalid value|invalid schema", re.IGNORECASE
)
_NO_TOOLS = re.compile(
    r"not support (tool|function)|n't support (tool|function)|support tool use"
    r"|tools param requires|tool use is not|tools? (is|are) not supported"
    r"|--jinja|--enable-auto-tool-choice",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a request that some servers do not know.

    `named` has the words by which refusals name it; `without` returns the request without it.
    """

    named: tuple[str, ...]
    is_in: Callable[[Body], bool]
    without: Callable[[Body], Body]


def _parameter(name: str, instead: str | None = None) -> _Part:
    def without(body: Body) -> Body:
        renamed = ((instead if key == name else key, value) for key, value in body.items())
        return {key: value for key, value in renamed if key is not None}

    return _Part((name,), lambda body: name in body, without)


def with_instructions(messages: list[Body], instructions: str) -> list[Body]:
    """Return the messages with `instructions` added at the end of the system message."""
    if messages and messages[0]["role"] in {"system", "developer"}:
        return [_join_messages(messages[0], {"content": instructions}), *messages[1:]]
    return [{"role": "system", "content": instructions}, *messages]


def _reply_format(kind: str, instead: Body | None) -> _Part:
    # What the format would have enforced is asked for in words instead.
    def is_in(body: Body) -> bool:
        return (body.get("response_format") or {}).get("type") == kind

    def without(body: Body) -> Body:
        if not is_in(body):
            return body
        rest = {key: value for key, value in body.items() if key != "response_format"}
        schema = body["response_format"].get("json_schema", {}).get("schema")
        instructions = f"{JSON}, of this schema: {json.dumps(schema)}" if schema else JSON
        # Not twice: a server may refuse `json_schema` first, and then `json_object` as well.
        if JSON not in str(body["messages"][:1]):
            rest["messages"] = with_instructions(body["messages"], instructions)
        return rest if instead is None else {**rest, "response_format": instead}

    return _Part((kind, "response_format", "response format"), is_in, without)


def _is_strict(body: Body) -> bool:
    return any("strict" in tool.get("function", {}) for tool in body.get("tools", ()))


def _without_strict(body: Body) -> Body:
    if not _is_strict(body):
        return body
    tools = [
        {**tool, "function": _without_key(tool["function"], "strict")} for tool in body["tools"]
    ]
    return {**body, "tools": tools}


def _without_key(values: Body, name: str) -> Body:
    return {key: value for key, value in values.items() if key != name}


def _has_system(body: Body) -> bool:
    return any(message["role"] == "system" for message in body["messages"])


def _without_system(body: Body) -> Body:
    # Moves the instructions to the start of the first user message.
    system_messages = [row for row in body["messages"] if row["role"] == "system"]
    instructions = [str(message["content"]) for message in system_messages]
    messages = [message for message in body["messages"] if message["role"] != "system"]
    if not instructions:
        return body
    if not messages or messages[0]["role"] != "user":
        messages.insert(0, {"role": "user", "content": ""})
    system: Body = {"role": "user", "content": "\n\n".join(instructions)}
    return {**body, "messages": [_join_messages(system, messages[0]), *messages[1:]]}


def _has_neighbours(body: Body) -> bool:
    return any(map(_are_joinable, body["messages"], body["messages"][1:]))


def _without_neighbours(body: Body) -> Body:
    # Joins adjacent messages of one role: some chat templates demand that roles alternate.
    messages: list[Body] = []
    for message in body["messages"]:
        if messages and _are_joinable(messages[-1], message):
            messages[-1] = _join_messages(messages[-1], message)
        else:
            messages.append(message)
    return {**body, "messages": messages}


def _are_joinable(first: Body, second: Body) -> bool:
    return (
        first["role"] == second["role"]
        and first["role"] in {"user", "assistant"}
        and not (first.get("tool_calls") or second.get("tool_calls"))
    )


def _join_messages(first: Body, second: Body) -> Body:
    contents = first["content"], second["content"]
    if all(isinstance(content, str) for content in contents):
        return {**first, "content": "\n\n".join(content for content in contents if content)}
    parts = [
        [{"type": "text", "text": content}] if isinstance(content, str) else content
        for content in contents
    ]
    return {**first, "content": parts[0] + parts[1]}


# A refusal is searched for these in this order, and removes the first one that it names. A request
# with several unknown parts is therefore refused several times, until all of them are known.
_PARTS: dict[str, _Part] = {
    # `max_tokens` is the older name, which most servers know.
    "max_completion_tokens": _parameter("max_completion_tokens", "max_tokens"),
    "stream_options": _parameter("stream_options"),
    "parallel_tool_calls": _parameter("parallel_tool_calls"),
    "reasoning_effort": _parameter("reasoning_effort"),
    "seed": _parameter("seed"),
    "strict": _Part(("strict",), _is_strict, _without_strict),
    "json_schema": _reply_format("json_schema", {"type": "json_object"}),
    "json_object": _reply_format("json_object", None),
    "system": _Part(
        ("system role", "system message", "role system", "'system'", "only user"),
        _has_system,
        _without_system,
    ),
    "neighbours": _Part(("alternate",), _has_neighbours, _without_neighbours),
}


class Capabilities:
    """What the models of one endpoint turned out not to support."""

    def __init__(self) -> None:
        # These sets are replaced and never changed, because other threads read them without a lock.
        self._refused: dict[str, tuple[str, ...]] = {}
        self._without_tools: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def adapt(self, model: str, body: Body) -> Body:
        """Return `body` without the parts that this model has refused before."""
        for name in self._refused.get(model, ()):
            body = _PARTS[name].without(body)
        return body

    def learn(self, model: str, body: Body, message: str) -> bool:
        """Note the part of `body` that a refusal calls unknown.

        Returns whether there is one, so that another try makes sense.
        """
        if not _UNKNOWN.search(message) or _ABOUT_VALUE.search(message):
            return False
        lowered = message.lower()
        for name, part in _PARTS.items():
            if part.is_in(body) and any(word in lowered for word in part.named):
                with self._lock:
                    known = self._refused.get(model, ())
                    if name not in known:
                        self._refused[model] = tuple(key for key in _PARTS if key in {*known, name})
                logger.warning("%s doesn't support %s; requests omit it from now on.", model, name)
                return True
        return False

    def learn_about_tools(self, model: str, message: str) -> bool:
        """Note that a model has no tool calls, if the refusal says so. Return whether it does."""
        if not _NO_TOOLS.search(message):
            return False
        with self._lock:
            self._without_tools |= {model}
        logger.warning("%s has no tool calls; its replies are constrained instead.", model)
        return True

    def lacks_tools(self, model: str) -> bool:
        """Return whether the model turned out to have no tool calls of its own."""
        return model in self._without_tools

    def refused(self, model: str) -> frozenset[str]:
        """Return the fields of ``Features`` that the model turned out not to have."""
        names = {"json_schema": "json_schema", "reasoning_effort": "reasoning"}
        refused = {names[name] for name in self._refused.get(model, ()) if name in names}
        return frozenset(refused | ({"tools"} if self.lacks_tools(model) else set()))
