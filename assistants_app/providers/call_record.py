"""One model call as it went over the wire, for people to look at: what was sent, what came back.

It is kept in memory while the model answers, which costs a list's append for each delta; made small
and free of secrets only when it is told, after the answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai

from assistants_app.domain.tools import FUNCTION
from assistants_app.providers.bounded_json import bounded
from assistants_app.providers.chat import (
    ChatDelta,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.secrecy import Secrets

MOST_BYTES = 256 * 1024  # of a request, and of a response
ERROR_BYTES = 16 * 1024  # of an error's body
# What the vendor's support asks for, and what says how busy the server is.
TOLD_HEADERS = {
    *("content-type", "date", "server", "x-request-id", "request-id", "cf-ray", "via"),
    *("openai-processing-ms", "openai-version", "openai-model", "retry-after", "retry-after-ms"),
}
TOLD_PREFIX = "x-ratelimit-"


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A model call as it is kept: plain JSON, bounded, without secrets.

    `retries`: what went wrong before, each with ``at`` (seconds after the start), ``reason`` and
    ``response`` if there was one.
    """

    model: str
    started_at: datetime
    headers_at: datetime | None
    first_token_at: datetime | None
    ended_at: datetime
    request: dict[str, Any]
    response: dict[str, Any]
    retries: list[dict[str, Any]]


@dataclass
class _Reply:
    """A reply as it is put together."""

    text: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)

    def take(self, delta: ChatDelta) -> None:
        match delta:
            case TextDelta(text=text):
                self.text.append(text)
            case ToolCallDelta():
                self._call(delta)
            case ReasoningDelta(text=text):
                self.reasoning.append(text)
            case RefusalDelta(text=text):
                self.refusal.append(text)

    def _call(self, delta: ToolCallDelta) -> None:
        call = self.calls.setdefault(delta.index, {"id": None, "name": None, "arguments": []})
        call["id"], call["name"] = delta.id or call["id"], delta.name or call["name"]
        call["arguments"].append(delta.arguments)

    def message(self) -> dict[str, Any]:
        """The message in the form of chat completions."""
        said: dict[str, Any] = {"role": "assistant", "content": "".join(self.text) or None}
        if self.reasoning:
            said["reasoning_content"] = "".join(self.reasoning)
        if self.refusal:
            said["refusal"] = "".join(self.refusal)
        if self.calls:
            said["tool_calls"] = [
                {
                    "id": call["id"],
                    "type": FUNCTION,
                    "function": {"name": call["name"], "arguments": "".join(call["arguments"])},
                }
                for _, call in sorted(self.calls.items())
            ]
        return said


class CallRecord:
    """Takes down one model call with its retries. Used by one thread at a time."""

    def __init__(self) -> None:
        self.first_token_at: datetime | None = None
        self._endpoint: Endpoint | None = None
        self._body: dict[str, Any] = {}
        self._response: httpx2.Response | None = None
        self._started_at = self._ended_at = self._headers_at = None  # type: datetime | None
        self._reply = _Reply()
        self._told: Mapping[str, Any] = {}
        self._error: Exception | None = None
        self._retries: list[tuple[datetime, str, Exception]] = []

    def asks(self, endpoint: Endpoint, body: dict[str, Any]) -> None:
        """This is about to be sent."""
        self._endpoint, self._body = endpoint, body
        self._started_at = self._started_at or _now()

    def again(self, reason: str, problem: Exception) -> None:
        """It went wrong, and another try follows."""
        self._retries.append((_now(), reason, problem))

    def answered(self, response: httpx2.Response) -> None:
        """The response's headers are there."""
        self._response, self._headers_at = response, _now()

    def watch(self, deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
        """The same deltas, taken down on their way."""
        for delta in deltas:
            if self.first_token_at is None:
                self.first_token_at = _now()
            self._reply.take(delta)
            yield delta

    def tells(self, told: Mapping[str, Any]) -> None:
        """What the provider says of its reply: id, model, finish_reason, usage."""
        self._told = told

    def failed(self, error: Exception) -> None:
        """There will be no more of it."""
        self._error = error

    def ended(self) -> None:
        """The call is over, well or not."""
        self._ended_at = _now()

    def call(self) -> ModelCall | None:
        """The call as it is kept, None if nothing was sent."""
        if self._endpoint is None or self._started_at is None:
            return None
        secrets = Secrets(self._endpoint)
        return ModelCall(
            model=str(self._body.get("model", "")),
            started_at=self._started_at,
            headers_at=self._headers_at,
            first_token_at=self.first_token_at,
            ended_at=self._ended_at or _now(),
            request=self._request_told(secrets),
            response=self._response_told(secrets),
            retries=[self._retry_told(secrets, *retry) for retry in self._retries],
        )

    def _request_told(self, secrets: Secrets) -> dict[str, Any]:
        assert self._endpoint is not None
        sent = self._request_sent()
        body, size, cut = bounded(secrets.json(self._body), MOST_BYTES)
        base = secrets.url(self._endpoint.base_url)
        return {
            "endpoint": secrets.text(self._endpoint.name),
            "method": "POST",
            "url": secrets.url(str(sent.url)) if sent else f"{base}/chat/completions",
            "headers": secrets.headers(sent.headers.items()) if sent else {},
            "body": body,
            "bytes": size,
            "cut": cut,
        }

    def _request_sent(self) -> httpx2.Request | None:
        if self._response is not None:
            return self._response.request
        problems = [self._error, *(retry[2] for retry in reversed(self._retries))]
        # A failure that a person reads has the one of the transport as its cause.
        for problem in (each for one in problems if one for each in (one, one.__cause__)):
            if isinstance(problem, openai.APIStatusError | openai.APIConnectionError):
                return problem.request
        return None

    def _response_told(self, secrets: Secrets) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self._response is not None:
            told = _head(secrets, self._response)
            told |= {name: value for name, value in self._told.items() if value is not None}
            told["message"] = self._reply.message()
        elif refusal := _status_error(self._error):
            told = _refusal(secrets, refusal)
        if self._error is not None:
            told["error"] = getattr(self._error, "message", "") or str(self._error)
        told, size, cut = bounded(secrets.json(told), MOST_BYTES)
        return {**told, "bytes": size, "cut": cut}

    def _retry_told(
        self, secrets: Secrets, at: datetime, reason: str, problem: Exception
    ) -> dict[str, Any]:
        assert self._started_at is not None
        refusal = _status_error(problem)
        return {
            "at": round((at - self._started_at).total_seconds(), 3),
            "reason": secrets.text(reason),
            "error": None if refusal else secrets.text(str(problem))[:ERROR_BYTES],
            "response": _refusal(secrets, refusal) if refusal else None,
        }


def _now() -> datetime:
    return datetime.now(UTC)


def _status_error(error: Exception | None) -> openai.APIStatusError | None:
    for problem in (error, error.__cause__ if error else None):
        if isinstance(problem, openai.APIStatusError):
            return problem
    return None


def _refusal(secrets: Secrets, error: openai.APIStatusError) -> dict[str, Any]:
    """An error's answer; its body as it came."""
    body = secrets.text(error.response.text)
    cut = len(body) - ERROR_BYTES
    shown = f"{body[:ERROR_BYTES]}… [{cut} more characters]" if cut > 0 else body
    return {**_head(secrets, error.response), "body": shown}


def _head(secrets: Secrets, response: httpx2.Response) -> dict[str, Any]:
    headers = [
        (name, value)
        for name, value in response.headers.items()
        if name in TOLD_HEADERS or name.startswith(TOLD_PREFIX)
    ]
    return {"status": response.status_code, "headers": secrets.headers(headers)}
