"""A provider's bytes as deltas: server-sent events, their JSON, and the dialects of both."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from assistants_app.domain.errors import RunFailure
from assistants_app.domain.tokens import count_tokens
from assistants_app.providers.calls import Calls
from assistants_app.providers.chat_model import (
    ChatDelta,
    ChatRequest,
    Endpoint,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    Usage,
)
from assistants_app.providers.failures import SERVER_ERROR, stream_failure

DONE = b"[DONE]"
REASONS = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
BROKEN_OFF = {"error", "abort"}  # OpenRouter, SGLang


def sse_data(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each server-sent event (WHATWG HTML, section 9.2), comments left out.

    JSON that is sent without its ``data:``, and llama.cpp's ``error:``, are taken as data too.
    """
    rest = b""
    data: list[bytes] = []
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            line = line.rstrip(b"\r")
            if line.startswith(b"data:"):
                data.append(line[5:].lstrip(b" "))
            elif not line:
                if data:
                    yield b"\n".join(data)
                    data.clear()
            elif bare := _bare_data(line):
                yield bare
    if rest.startswith(b"data:"):
        data.append(rest[5:].strip())
    if data:
        yield b"\n".join(data)
    elif bare := _bare_data(rest):
        yield bare


def _bare_data(line: bytes) -> bytes:
    if line.startswith(b"{"):
        return line
    return b'{"error":%b}' % line[6:] if line.startswith(b"error:") else b""


class DeltaReader:
    """Reads one stream. Raises :class:`RunFailure` unless it comes to a proper end."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        self._request = request
        self._endpoint = endpoint
        self._reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._written: list[str] = []
        self._reasoned: list[str] = []
        self._calls = Calls()
        self._high = ""
        self._begun = self._done = False

    def read(
        self, chunks: Iterable[bytes], *, at_end: Callable[[], None] = lambda: None
    ) -> Iterator[ChatDelta]:
        """The deltas of a body of server-sent events, with :class:`Finished` at the end.

        `at_end` is called in between when the last event was read, with more bytes to come.
        """
        for data in sse_data(chunks):
            if data == DONE:
                self._begun = self._done = True
                at_end()
                break
            yield from self._of_chunk(self._parse(data), b"\\u" in data)
        yield self._finished()

    def read_whole(self, body: bytes) -> Iterator[ChatDelta]:
        """The same for a server that answers with one JSON object in place of a stream."""
        yield from self._of_chunk(self._parse(body), b"\\u" in body)
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
        if chunk.get("object") == "error":
            raise stream_failure(chunk, self._endpoint)
        return chunk

    def _of_chunk(self, chunk: dict[str, Any], has_escapes: bool) -> Iterator[ChatDelta]:
        self._begun = True
        if usage := chunk.get("usage"):
            self._usage = usage
        for choice in chunk.get("choices") or ():
            yield from self._of_delta(
                choice.get("delta") or choice.get("message") or {}, has_escapes
            )
            if reason := choice.get("finish_reason"):
                self._reason = reason

    def _of_delta(self, delta: dict[str, Any], has_escapes: bool) -> Iterator[ChatDelta]:
        if text := delta.get("content"):
            if has_escapes or self._high or not isinstance(text, str):
                text = self._mended(text)
            if text:
                self._written.append(text)
                yield TextDelta(text)
        if text := delta.get("reasoning_content") or delta.get("reasoning"):
            text = _encodable(_plain(text))
            self._reasoned.append(text)
            yield ReasoningDelta(text)
        if text := delta.get("refusal"):
            text = _encodable(_plain(text))
            self._written.append(text)
            yield RefusalDelta(text)
        for raw in delta.get("tool_calls") or ():
            if (call := self._calls.take(raw)) is not None:
                self._written.append(call.arguments)
                yield call

    def _mended(self, content: Any) -> str:
        """Text that UTF-8 can carry: some servers cut an emoji's two halves apart."""
        text = self._high + _plain(content)
        self._high = text[-1] if text and "\ud800" <= text[-1] < "\udc00" else ""
        return _encodable(text.removesuffix(self._high))

    def _finished(self) -> Finished:
        if not self._begun:
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} answered with nothing. Is {self._endpoint.base_url} the "
                "base URL of an OpenAI-compatible API?",
            )
        if self._reason in BROKEN_OFF or (self._reason is None and not self._done):
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} broke the connection in the middle of a reply.",
            )
        reason = REASONS.get(self._reason or "stop", "stop")
        if reason == "stop" and self._calls:
            reason = "tool_calls"  # so ends a call that tool_choice named, and many servers' calls
        return Finished(reason, _counted(self._usage) if self._usage else self._estimate())

    def _estimate(self) -> Usage:
        prompt = "\n".join(_plain(row.get("content") or "") for row in self._request.messages)
        reasoned = count_tokens("".join(self._reasoned)) if self._reasoned else 0
        return Usage(
            prompt_tokens=count_tokens(prompt),
            completion_tokens=count_tokens("".join(self._written)) + reasoned,
            reasoning_tokens=reasoned,
            estimated=True,
        )


def _plain(content: Any) -> str:
    """The text of content that may come as a list of parts, images left out."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


def _encodable(text: str) -> str:
    """Surrogates joined or replaced, and the character that PostgreSQL does not store."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "\ufffd")


def _counted(usage: dict[str, Any]) -> Usage:
    prompt_details = usage.get("prompt_tokens_details") or {}
    completion_details = usage.get("completion_tokens_details") or {}
    return Usage(
        prompt_tokens=usage.get("prompt_tokens") or 0,
        completion_tokens=usage.get("completion_tokens") or 0,
        cached_tokens=prompt_details.get("cached_tokens") or 0,
        reasoning_tokens=completion_details.get("reasoning_tokens") or 0,
    )
