"""Replies of the scripted provider, and their form as chat completions."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call. `arguments` is JSON text, which is sent in pieces."""

    name: str
    arguments: str = "{}"
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Times are in seconds; `usage` has prompt and completion tokens, None for none.

    `deltas` are sent as they are, after the text. `gate_after`, `drop_after` and `error_after` are
    numbers of chunks: before that chunk the stream waits for the provider's `release`, the
    connection is cut, or an error object is sent. `hang` stops for good before the ``headers``, at
    the end of the ``stream`` or after its last event (``end``).
    """

    text: str = ""
    deltas: list[dict[str, Any]] | None = None
    chunks: list[str] | None = None
    delay: float = 0.0
    first_delay: float = 0.0
    tool_calls: list[ToolCall] = field(default_factory=list)
    usage: tuple[int, int] | None = (10, 5)
    finish_reason: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    refusal: str = ""
    reasoning: str = ""
    gate_after: int | None = None
    hang: str = ""
    drop_after: int | None = None
    error_after: int | None = None

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return a reply from the JSON of a control request."""
        calls = [ToolCall(**call) for call in values.pop("tool_calls", [])]
        if values.get("usage"):
            values["usage"] = tuple(values["usage"])
        return cls(tool_calls=calls, **values)


def pieces_of(text: str) -> list[str]:
    """Return the words, each with the space before it, as models stream them."""
    return re.findall(r"\s*\S+|\s+$", text)


def chunks_of(reply: Reply, model: str) -> Iterator[str]:
    """Yield the JSON of each chunk."""
    for number, (delta, reason) in enumerate(_deltas(reply)):
        if number == reply.error_after:
            yield json.dumps({"error": {"message": "The model crashed.", "code": 500}})
            return
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        yield _chunk(model, [choice])
    if reply.usage is not None:
        yield _chunk(model, [], usage_of(reply))


def _deltas(reply: Reply) -> Iterator[tuple[dict[str, Any], str | None]]:
    for piece in pieces_of(reply.reasoning):
        yield {"reasoning_content": piece}, None
    for piece in pieces_of(reply.text) if reply.chunks is None else reply.chunks:
        yield {"content": piece}, None
    for piece in pieces_of(reply.refusal):
        yield {"refusal": piece}, None
    for delta in reply.deltas or ():
        yield delta, None
    for index, call in enumerate(reply.tool_calls):
        yield from ((delta, None) for delta in _call_deltas(index, call))
    if reply.hang != "stream":
        yield {}, reason_of(reply)


def _call_deltas(index: int, call: ToolCall) -> Iterator[dict[str, Any]]:
    function = {"name": call.name, "arguments": ""}
    call_id = call.id or f"call_{index}{call.name}"
    yield {
        "tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]
    }
    for piece in re.findall(r".{1,6}", call.arguments, re.DOTALL):
        yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def reason_of(reply: Reply) -> str:
    """Return the reply's finish reason."""
    return reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")


def usage_of(reply: Reply) -> dict[str, int]:
    """Return the reply's usage in its wire form."""
    prompt, completion = reply.usage or (0, 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def whole_of(reply: Reply, model: str) -> dict[str, Any]:
    """Return the whole reply for a client that does not stream."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id or f"call_{index}{call.name}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for index, call in enumerate(reply.tool_calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": reason_of(reply)}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [choice],
        "usage": usage_of(reply),
    }


def _chunk(model: str, choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> str:
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": model,
            "choices": choices,
            "usage": usage,
        }
    )


def embeddings_of(texts: list[str], dimensions: int = 3) -> Reply:
    """Return a reply with a vector per text. The order is reversed, as servers may do."""
    rows = [
        {"object": "embedding", "index": index, "embedding": _vector_of(text, dimensions)}
        for index, text in enumerate(texts)
    ]
    return Reply(body={"object": "list", "data": rows[::-1], "model": "scripted-1"})


def _vector_of(text: str, dimensions: int) -> list[float]:
    if dimensions == 3:
        return [float(len(text)), 3.0, 0.0]
    numbers = random.Random(text)
    return [round(numbers.gauss(), 4) for _ in range(dimensions)]
