"""The HTTP server: chat completions, whole or streamed, and the list of models."""

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

from playground.embedded.scripted.prompt import Prompt
from playground.embedded.scripted.scenarios import Call, Reply, reply_to

MODELS = ("scripted", "scripted-mini")
# What endpoints such as OpenRouter say about a model; the page offers what it can do.
ABILITIES = {
    "object": "model",
    "created": 1_700_000_000,
    "owned_by": "playground",
    "context_length": 128_000,
    "supported_parameters": ["tools", "structured_outputs", "reasoning", "temperature"],
    "architecture": {"input_modalities": ["text", "image"]},
}
CHARACTERS_PER_TOKEN = 4


async def serve(port: int) -> None:
    """Answer on a loopback port until the task is cancelled."""
    # The launcher holds the port, bound but not listening.
    server = await asyncio.start_server(_connection, "127.0.0.1", port, reuse_port=True)
    async with server:
        await server.serve_forever()


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?im)^content-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            await _answer(head.split(" ", 2)[1], body, writer)
            await writer.drain()
    writer.close()


async def _answer(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    if path.endswith("/models"):
        rows = [{"id": name, **ABILITIES} for name in MODELS]
        _write_json(writer, 200, {"object": "list", "data": rows})
    elif not path.endswith("/chat/completions"):
        _write_json(writer, 404, {"error": {"message": f"There is no {path}."}})
    else:
        request = json.loads(body)
        reply = reply_to(Prompt.of(request))
        usage = _usage(body, reply)
        if reply.status != 200:
            _write_json(writer, reply.status, {"error": {"message": reply.error}})
        elif request.get("stream"):
            await _stream(writer, reply, request["model"], usage)
        else:
            _write_json(writer, 200, _whole(reply, request["model"], usage))


async def _stream(
    writer: asyncio.StreamWriter, reply: Reply, model: str, usage: dict[str, int]
) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    for delta in _deltas(reply):
        _write_event(writer, _chunk(model, [{"index": 0, "delta": delta, "finish_reason": None}]))
        await writer.drain()
        await asyncio.sleep(reply.pace)
    if reply.breaks:
        _write_event(writer, {"error": {"message": "The scripted model was asked to break off."}})
    else:
        end = {"index": 0, "delta": {}, "finish_reason": _reason(reply)}
        _write_event(writer, _chunk(model, [end]))
        _write_event(writer, _chunk(model, [], usage))
    _write_chunk(writer, "data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    for kind, text in (
        ("reasoning_content", reply.reasoning),
        ("content", reply.text),
        ("refusal", reply.refusal),
    ):
        for word in re.findall(r"\s*\S+|\s+$", text):
            yield {kind: word}
    for index, call in enumerate(reply.calls):
        yield {"tool_calls": [{"index": index, **_call(call, "")}]}
        for piece in re.findall(r"(?s).{1,24}", call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _call(call: Call, arguments: str) -> dict[str, Any]:
    # Results are matched to calls by id over a whole thread, so no two replies may share one.
    call_id = f"call_{secrets.token_hex(12)}"
    function = {"name": call.name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def _whole(reply: Reply, model: str, usage: dict[str, int]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [_call(call, call.arguments) for call in reply.calls]
    choice = {"index": 0, "message": message, "finish_reason": _reason(reply)}
    return {**_chunk(model, [choice], usage), "object": "chat.completion"}


def _reason(reply: Reply) -> str:
    return reply.finish or ("tool_calls" if reply.calls else "stop")


def _usage(body: bytes, reply: Reply) -> dict[str, int]:
    said = len(reply.text + reply.refusal) + sum(len(call.arguments) for call in reply.calls)
    prompt, completion = len(body) // CHARACTERS_PER_TOKEN, said // CHARACTERS_PER_TOKEN + 1
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _chunk(
    model: str, choices: list[dict[str, Any]], usage: dict[str, int] | None = None
) -> dict[str, Any]:
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model,
        "choices": choices,
        "usage": usage,
    }


def _write_event(writer: asyncio.StreamWriter, value: dict[str, Any]) -> None:
    _write_chunk(writer, f"data: {json.dumps(value)}\n\n")


def _write_chunk(writer: asyncio.StreamWriter, text: str) -> None:
    data = text.encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _write_json(writer: asyncio.StreamWriter, status: int, value: dict[str, Any]) -> None:
    content = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
