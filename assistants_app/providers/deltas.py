"""Turn a provider's bytes into deltas: server-sent events, their JSON, and the dialects of both."""

import contextlib
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from assistants_app.domain.errors import ProviderFault, RunFailure
from assistants_app.domain.tokens import count_tokens
from assistants_app.providers.calls import Calls
from assistants_app.providers.chat import (
    ChatDelta,
    ChatRequest,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import (
    SERVER_ERROR,
    connection_failure,
    not_in_form,
    stream_failure,
    where,
)
from assistants_app.providers.outbound.errors import ResponseTooLarge
from assistants_app.providers.outbound.quoting import short_text
from assistants_app.providers.secrecy import Secrets
from assistants_app.wire.storable import StorablePieces

logger = logging.getLogger(__name__)

DONE = b"[DONE]"
# The longest that is useful has an image in base64. A chunk may have parts of several events.
EVENT_BYTES = 16 * 1024**2
# A reply of a million tokens has 300 MB of events.
REPLY_BYTES = 512 * 1024**2
REASONS = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
# Finish reasons by which OpenRouter and SGLang report that a reply failed halfway.
BROKEN_OFF = {"error", "abort"}


class EventSplitter:
    """Splits bytes into server-sent events (WHATWG HTML, section 9.2), without comments.

    Also accepts JSON without ``data:``, on one line or on all remaining lines, and llama.cpp's
    ``error:`` lines.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._pieces: list[bytes] = []  # of a long line, after the rest
        self._data: list[bytes] = []
        self._json: list[bytes] = []
        self._held = 0  # bytes, about those in the four above, or more

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of each event that this chunk completes.

        Raises :class:`ResponseTooLarge` for an event that is longer than any model's.
        """
        if b"\n" not in chunk:
            # Joined later, once: a long line would otherwise be copied with each of its pieces.
            self._pieces.append(chunk)
            self._count_held(chunk)
            return []
        if self._pieces:
            self._join_pieces()
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        events = self._take(lines)
        if self._data or self._json:
            self._count_held(chunk)
        elif self._held:
            self._held = 0
        return events

    def end(self) -> list[bytes]:
        """Return the data of events that only the end of the bytes completes."""
        self._join_pieces()
        events = self._take([self._rest])
        if self._json:
            events.append(b"\n".join(self._json))
        return events + self._event()

    def _join_pieces(self) -> None:
        self._rest = b"".join([self._rest, *self._pieces])
        self._pieces.clear()

    def _count_held(self, chunk: bytes) -> None:
        self._held += len(chunk)
        if self._held > EVENT_BYTES:
            # Exact, unlike the running count, which events of a busy stream may never reset.
            held = (self._rest, *self._pieces, *self._data, *self._json)
            self._held = sum(map(len, held))
            if self._held > EVENT_BYTES:
                raise ResponseTooLarge("an event", EVENT_BYTES)

    def _take(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        for raw in lines:
            line = raw.rstrip(b"\r")
            if self._json:
                self._json.append(line)
            elif line.startswith(b"data:"):
                self._data.append(line[5:].strip(b" "))
            elif not line:
                events += self._event()
            elif line.startswith(b"{") and not line.endswith(b"}"):
                self._json.append(line)
            elif bare := _bare_data(line):
                events.append(bare)
        return events

    def _event(self) -> list[bytes]:
        data, self._data = self._data, []
        # Some servers send events without data, to keep the connection open.
        return [b"\n".join(data)] if any(data) else []


def _bare_data(line: bytes) -> bytes:
    if line.startswith(b"{"):
        return line
    return b'{"error":%b}' % line[6:] if line.startswith(b"error:") else b""


class DeltaReader:
    """Reads one stream. Raises :class:`RunFailure` unless the stream ends properly."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        self._request = request
        self._endpoint = endpoint
        self._reason: str | None = None
        self._usage: Any = None
        self._head: dict[str, Any] = {}
        self._written: list[str] = []
        self._reasoned: list[str] = []
        self._calls = Calls(tool["function"]["name"] for tool in request.tools)
        self._pieces = StorablePieces()
        self._reasoning_pieces = StorablePieces()
        self._refusal_pieces = StorablePieces()
        self._events = EventSplitter()
        self._begun = False
        self._received = 0  # bytes
        self.is_done = False  # whether the last event was read; the body may have more bytes

    def feed(self, chunk: bytes) -> Iterator[ChatDelta]:
        """Yield the deltas of the server-sent events that this chunk completes."""
        self._received += len(chunk)
        with self._raise_if_malformed():
            if self._received > REPLY_BYTES:
                raise ResponseTooLarge("a reply", REPLY_BYTES)
            yield from self._read_events(self._events.feed(chunk))

    def end(self) -> Iterator[ChatDelta]:
        """Yield the deltas that are left after the last chunk, :class:`Finished` as the last."""
        with self._raise_if_malformed():
            yield from self._read_events(self._events.end())
            yield from self._end()

    def _read_events(self, events: Iterable[bytes]) -> Iterator[ChatDelta]:
        for data in () if self.is_done else events:
            if data == DONE:
                self._begun = self.is_done = True
                return
            # Only an escape can carry half an emoji or NUL, so text without one is not mended.
            yield from self._read_chunk(self._parse(data), b"\\u" in data)

    def read_whole(self, body: bytes) -> Iterator[ChatDelta]:
        """Yield the deltas of an answer that is one JSON object instead of a stream."""
        with self._raise_if_malformed():
            yield from self._read_chunk(self._parse(body), b"\\u" in body)
            self.is_done = True
            yield from self._end()

    def reported(self) -> dict[str, Any]:
        """Return what the provider has said about its reply so far, in its own words."""
        return {**self._head, "finish_reason": self._reason, "usage": self._usage}

    @contextlib.contextmanager
    def _raise_if_malformed(self) -> Iterator[None]:
        # One handler around everything, because checking each value's type would slow down every
        # token.
        try:
            yield
        except (AttributeError, TypeError) as error:
            logger.warning("%s sent a malformed chunk", self._endpoint.name, exc_info=True)
            raise not_in_form(error, self._endpoint) from error
        except ResponseTooLarge as error:
            raise connection_failure(error, self._endpoint) from error

    def _parse(self, data: bytes) -> dict[str, Any]:
        try:
            # Decoded here, because the package would look for other encodings first.
            chunk = json.loads(data.decode())
        except UnicodeDecodeError:
            # A server that cuts text between two bytes of a letter. Only that letter is lost.
            return self._parse(data.decode("utf-8", "replace").encode())
        except (ValueError, RecursionError):
            chunk = None
        if not isinstance(chunk, dict):
            said = short_text(Secrets(self._endpoint).text(data.decode("utf-8", "replace")))
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} sent data that is not JSON"
                + (f": {said!r}" if said else f" ({len(data):,} bytes)."),
                fault=ProviderFault(passing=False),
            )
        if error := chunk.get("error"):
            raise stream_failure(error, self._endpoint)
        if chunk.get("object") == "error":
            raise stream_failure(chunk, self._endpoint)
        return chunk

    def _read_chunk(self, chunk: dict[str, Any], has_escapes: bool) -> Iterator[ChatDelta]:
        if not self._begun:
            self._head = {name: chunk.get(name) for name in ("id", "model", "system_fingerprint")}
        self._begun = True
        if usage := chunk.get("usage"):
            self._usage = usage
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta")
            # Some servers repeat the whole message in the last chunk of a stream.
            if not delta and not self._written and not self._calls:
                delta = choice.get("message")
            yield from self._read_delta(delta or {}, has_escapes)
            if reason := choice.get("finish_reason"):
                self._reason = reason

    def _read_delta(self, delta: dict[str, Any], has_escapes: bool) -> Iterator[ChatDelta]:
        if text := delta.get("content"):
            if has_escapes or self._pieces.waiting or not isinstance(text, str):
                text = self._pieces.take(_plain_text(text))
            if text:
                self._written.append(text)
                yield TextDelta(text)
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning and (text := self._reasoning_pieces.take(_plain_text(reasoning))):
            self._reasoned.append(text)
            yield ReasoningDelta(text)
        refusal = delta.get("refusal")
        if refusal and (text := self._refusal_pieces.take(_plain_text(refusal))):
            self._written.append(text)
            yield RefusalDelta(text)
        calls = delta.get("tool_calls")
        if not calls and (legacy := delta.get("function_call")):
            # The form from before a reply could have several calls.
            calls = [{"function": legacy}]
        if calls:
            yield from self._count(self._calls.take(calls))

    def _count(self, calls: Iterable[ToolCallDelta]) -> Iterator[ToolCallDelta]:
        for call in calls:
            self._written.append(call.arguments)
            yield call

    def _end(self) -> Iterator[ChatDelta]:
        held = list(self._count(self._calls.end()))
        # First, because a reply that was cut off raises.
        finished = self._finish()
        yield from held
        yield finished

    def _finish(self) -> Finished:
        if not self._begun:
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} sent an empty answer. Check that {where(self._endpoint)} "
                "is the base URL of an OpenAI-compatible API.",
                fault=ProviderFault(passing=False),
            )
        if self._reason is None and self.is_done and not self._answered:
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} ended its reply without an answer. Run the thread again. "
                "If that doesn't help, check the provider's log and its model.",
                fault=ProviderFault(passing=True),
            )
        # Without a reason and without [DONE], the connection was cut: half a reply must not pass
        # for a whole one.
        if self._reason in BROKEN_OFF or (self._reason is None and not self.is_done):
            raise RunFailure(
                SERVER_ERROR,
                f"{self._endpoint.name} broke the connection in the middle of a reply.",
                fault=ProviderFault(passing=True),
            )
        reason = REASONS.get(self._reason or "stop", "stop")
        if reason == "stop" and self._calls:
            # OpenAI ends a call that `tool_choice` names with "stop", and many servers any call.
            reason = "tool_calls"
        return Finished(reason, reported_usage(self._usage) or self._estimate())

    @property
    def _answered(self) -> bool:
        return bool(self._written or self._calls)

    def _estimate(self) -> Usage:
        prompt = "\n".join(_read_by_model(self._request))
        reasoned = count_tokens("".join(self._reasoned)) if self._reasoned else 0
        return Usage(
            prompt_tokens=count_tokens(prompt),
            completion_tokens=count_tokens("".join(self._written)) + reasoned,
            reasoning_tokens=reasoned,
            estimated=True,
        )


def _plain_text(content: Any) -> str:
    # Some servers send content as a list of parts. Images are left out.
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


def _read_by_model(request: ChatRequest) -> Iterator[str]:
    for row in request.messages:
        yield _plain_text(row.get("content") or "")
        for call in row.get("tool_calls") or ():
            yield f"{call['function']['name']} {call['function']['arguments']}"
    if request.tools:
        yield json.dumps(request.tools)


def reported_usage(usage: Any) -> Usage | None:
    """Return the usage that a provider reports, or None if it isn't in the usual form."""
    if not isinstance(usage, dict):
        return None
    counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
    # NaN is a number that is not equal to itself.
    if not any(isinstance(count, int | float) and count == count for count in counts):
        return None
    return Usage(
        prompt_tokens=_token_count(counts[0]),
        completion_tokens=_token_count(counts[1]),
        cached_tokens=_usage_detail(usage, "prompt_tokens_details", "cached_tokens"),
        reasoning_tokens=_usage_detail(usage, "completion_tokens_details", "reasoning_tokens"),
    )


def _usage_detail(usage: dict[str, Any], group: str, name: str) -> int:
    details = usage.get(group)
    return _token_count(details.get(name)) if isinstance(details, dict) else 0


def _token_count(count: Any) -> int:
    # The bound keeps infinity and nonsense out of the database.
    return int(count) if isinstance(count, int | float) and 0 < count < 2**31 else 0
