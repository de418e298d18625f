"""A provider's bytes as deltas: server-sent events, their JSON, and the dialects of both."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from assistants_app.domain.errors import RunFailure
from assistants_app.domain.tokens import count_tokens
from assistants_app.providers.chat_model import (
    ChatDelta,
    ChatRequest,
    Endpoint,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from assistants_app.providers.failures import SERVER_ERROR, stream_failure

DONE = b"[DONE]"
REASONS = {"function_call": "tool_calls", "max_tokens": "length", "eos": "stop"}


def sse_data(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each server-sent event (WHATWG HTML, section 9.2), comments left out."""
    rest = b""
    data: list[bytes] = []
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            line = line.rstrip(b"\r")
            if line.startswith(b"data:"):
                data.append(line[5:].lstrip(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data.clear()
    if rest.startswith(b"data:"):
        data.append(rest[5:].strip())
    if data:
        yield b"\n".join(data)


class DeltaReader:
    """Reads one stream. Raises :class:`RunFailure` unless it comes to a proper end."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        self._request = request
        self._endpoint = endpoint
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._written: list[str] = []
        self._indexes: dict[str, int] = {}
        self._last_index = -1
        self._done = False

    def read(self, chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
        """The deltas of a body of server-sent events, with :class:`Finished` at the end."""
        for data in sse_data(chunks):
            if data == DONE:
                self._done = True
                break
            yield from self._of_chunk(self._parse(data), "delta")
        yield self._finished()

    def read_whole(self, body: bytes) -> Iterator[ChatDelta]:
        """The same for a server that answers with one JSON object in place of a stream."""
        yield from self._of_chunk(self._parse(body), "message")
        yield self._finished()

    def _parse(self, data: bytes) -> dict[str, Any]:
        try:
            chunk = json.loads(data)
        except ValueError:
            chunk = None
        if not isinstance(chunk, dict):
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} sent something that is not JSON: {data[:200]!r}",
            )
        if error := chunk.get("error"):
            raise stream_failure(error, self._endpoint)
        return chunk

    def _of_chunk(self, chunk: dict[str, Any], field: str) -> Iterator[ChatDelta]:
        if usage := chunk.get("usage"):
            self._usage = _usage(usage)
        for choice in chunk.get("choices") or ():
            delta = choice.get(field) or {}
            if text := delta.get("content"):
                self._written.append(text)
                yield TextDelta(text)
            if text := delta.get("reasoning_content") or delta.get("reasoning"):
                yield ReasoningDelta(str(text))
            if text := delta.get("refusal"):
                self._written.append(text)
                yield RefusalDelta(text)
            for call in delta.get("tool_calls") or ():
                yield self._of_call(call)
            if reason := choice.get("finish_reason"):
                self._reason = REASONS.get(reason, reason)

    def _of_call(self, call: dict[str, Any]) -> ToolCallDelta:
        function = call.get("function") or {}
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments)  # some servers send the object itself
        self._written.append(arguments)
        call_id, name = call.get("id") or None, function.get("name") or None
        self._last_index = self._index_of(call.get("index"), call_id, name)
        return ToolCallDelta(self._last_index, call_id, name, arguments)

    def _index_of(self, index: Any, call_id: str | None, name: str | None) -> int:
        """Some servers leave the index out: then a new id, or a name, begins a new call."""
        if isinstance(index, int):
            return index
        if call_id is not None:
            return self._indexes.setdefault(call_id, len(self._indexes))
        return self._last_index + 1 if name else max(self._last_index, 0)

    def _finished(self) -> Finished:
        if self._reason is None and not self._done:
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} broke the connection in the middle of a reply.",
            )
        return Finished(self._reason or "stop", self._usage or self._estimate())

    def _estimate(self) -> Usage:
        prompt = "".join(str(message.get("content") or "") for message in self._request.messages)
        return Usage(
            prompt_tokens=count_tokens(prompt),
            completion_tokens=count_tokens("".join(self._written)),
            estimated=True,
        )


def _usage(usage: dict[str, Any]) -> Usage:
    prompt_details = usage.get("prompt_tokens_details") or {}
    completion_details = usage.get("completion_tokens_details") or {}
    return Usage(
        prompt_tokens=usage.get("prompt_tokens") or 0,
        completion_tokens=usage.get("completion_tokens") or 0,
        cached_tokens=prompt_details.get("cached_tokens") or 0,
        reasoning_tokens=completion_details.get("reasoning_tokens") or 0,
    )
