"""Record of one model call as it went over the wire, for people to inspect.

While the model answers, recording costs one append to a list per delta. Shrinking the record and
removing secrets waits until the answer is complete.
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
from assistants_app.providers.outbound.quoting import is_api_error, short_text
from assistants_app.providers.secrecy import Secrets

MOST_BYTES = 256 * 1024  # of a request, and of a response
ERROR_BYTES = 16 * 1024  # of an error's body
# Headers that the vendor's support asks for, and headers that show how busy the server is.
SHOWN_HEADERS = {
    *("content-type", "date", "server", "x-request-id", "request-id", "cf-ray", "via"),
    *("openai-processing-ms", "openai-version", "openai-model", "retry-after", "retry-after-ms"),
}
SHOWN_PREFIX = "x-ratelimit-"


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A model call in the form that is stored: plain JSON of bounded size, without secrets.

    Each of the `retries` has ``at`` (seconds after the start), ``reason``, ``error`` and
    ``response``, None where there was none. `base_url` and `is_bundled` are the endpoint's.
    """

    model: str
    started_at: datetime
    headers_at: datetime | None
    first_token_at: datetime | None
    ended_at: datetime
    request: dict[str, Any]
    response: dict[str, Any]
    retries: list[dict[str, Any]]
    base_url: str = ""
    is_bundled: bool = False


@dataclass
class _Reply:
    text: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)

    def take(self, delta: ChatDelta) -> None:
        match delta:
            case TextDelta(text=text):
                self.text.append(text)
            case ToolCallDelta():
                self._take_call(delta)
            case ReasoningDelta(text=text):
                self.reasoning.append(text)
            case RefusalDelta(text=text):
                self.refusal.append(text)

    def _take_call(self, delta: ToolCallDelta) -> None:
        call = self.calls.setdefault(delta.index, {"id": None, "name": None, "arguments": []})
        call["id"], call["name"] = delta.id or call["id"], delta.name or call["name"]
        call["arguments"].append(delta.arguments)

    def message(self) -> dict[str, Any]:
        """Return the message in the form of chat completions."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.text) or None}
        if self.reasoning:
            message["reasoning_content"] = "".join(self.reasoning)
        if self.refusal:
            message["refusal"] = "".join(self.refusal)
        if self.calls:
            message["tool_calls"] = [
                {
                    "id": call["id"],
                    "type": FUNCTION,
                    "function": {"name": call["name"], "arguments": "".join(call["arguments"])},
                }
                for _, call in sorted(self.calls.items())
            ]
        return message


class CallRecord:
    """Records one model call with its retries. Not safe for use by several threads at once."""

    def __init__(self) -> None:
        self.first_token_at: datetime | None = None
        self._endpoint: Endpoint | None = None
        self._body: dict[str, Any] = {}
        self._response: httpx2.Response | None = None
        self._started_at = self._ended_at = self._headers_at = None  # type: datetime | None
        self._reply = _Reply()
        self._reported: Mapping[str, Any] = {}
        self._error: Exception | None = None
        self._retries: list[tuple[datetime, str, Exception]] = []

    def sending(self, endpoint: Endpoint, body: dict[str, Any]) -> None:
        """Note the request that is about to be sent."""
        self._endpoint, self._body = endpoint, body
        # The first try starts the call: what a person waited for includes the retries.
        self._started_at = self._started_at or _now()

    def retrying(self, reason: str, error: Exception) -> None:
        """Note an error after which the request is sent again."""
        self._retries.append((_now(), reason, error))

    def answered(self, response: httpx2.Response) -> None:
        """Note a response whose headers have arrived."""
        self._response, self._headers_at = response, _now()

    def watch(self, deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
        """Yield the deltas unchanged, and record them."""
        for delta in deltas:
            if self.first_token_at is None:
                self.first_token_at = _now()
            self._reply.take(delta)
            yield delta

    def provider_reports(self, reported: Mapping[str, Any]) -> None:
        """Note what the provider says about its reply: id, model, finish_reason, usage."""
        self._reported = reported

    def failed(self, error: Exception) -> None:
        """Note the error that ended the call."""
        self._error = error

    def ended(self) -> None:
        """Note the end of the call, successful or not."""
        self._ended_at = _now()

    def call(self) -> ModelCall | None:
        """Return the call in the form that is stored, or None if nothing was sent."""
        if self._endpoint is None or self._started_at is None:
            return None
        secrets = Secrets(self._endpoint)
        return ModelCall(
            model=str(self._body.get("model", "")),
            started_at=self._started_at,
            headers_at=self._headers_at,
            first_token_at=self.first_token_at,
            ended_at=self._ended_at or _now(),
            request=self._shown_request(secrets),
            response=self._shown_response(secrets),
            retries=[self._shown_retry(secrets, *retry) for retry in self._retries],
            base_url=self._endpoint.base_url,
            is_bundled=self._endpoint.demo,
        )

    def _shown_request(self, secrets: Secrets) -> dict[str, Any]:
        assert self._endpoint is not None
        sent = self._sent_request()
        # Secrets first, here and below: a cut could leave the first half of one.
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

    def _sent_request(self) -> httpx2.Request | None:
        if self._response is not None:
            return self._response.request
        problems = [self._error, *(retry[2] for retry in reversed(self._retries))]
        # A failure with a message for people has the failure of the transport as its cause.
        for problem in (each for one in problems if one for each in (one, one.__cause__)):
            if isinstance(problem, openai.APIStatusError | openai.APIConnectionError):
                return problem.request
        return None

    def _shown_response(self, secrets: Secrets) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        if self._response is not None:
            shown = _shown_head(secrets, self._response)
            shown |= {name: value for name, value in self._reported.items() if value is not None}
            shown["message"] = self._reply.message()
        elif refusal := _status_error(self._error):
            shown = _shown_refusal(secrets, refusal)
        if self._error is not None:
            shown["error"] = getattr(self._error, "message", "") or str(self._error)
        shown, size, cut = bounded(secrets.json(shown), MOST_BYTES)
        return {**shown, "bytes": size, "cut": cut}

    def _shown_retry(
        self, secrets: Secrets, at: datetime, reason: str, error: Exception
    ) -> dict[str, Any]:
        assert self._started_at is not None
        refusal = _status_error(error)
        return {
            "at": round((at - self._started_at).total_seconds(), 3),
            "reason": secrets.text(reason),
            "error": None if refusal else secrets.text(str(error))[:ERROR_BYTES],
            "response": _shown_refusal(secrets, refusal) if refusal else None,
        }


def _now() -> datetime:
    return datetime.now(UTC)


def _status_error(error: Exception | None) -> openai.APIStatusError | None:
    for candidate in (error, error.__cause__ if error else None):
        if isinstance(candidate, openai.APIStatusError):
            return candidate
    return None


def _shown_refusal(secrets: Secrets, error: openai.APIStatusError) -> dict[str, Any]:
    body = secrets.text(error.response.text)
    if not (is_api_error(body) or short_text(body)):
        # The page of a server that isn't a model's is not for the run log.
        size = len(error.response.content)
        body = f"[{size} bytes that aren't an error of an API]" if size else ""
    cut = len(body) - ERROR_BYTES
    shown = f"{body[:ERROR_BYTES]}… [{cut} more characters]" if cut > 0 else body
    return {**_shown_head(secrets, error.response), "body": shown}


def _shown_head(secrets: Secrets, response: httpx2.Response) -> dict[str, Any]:
    headers = [
        (name, value)
        for name, value in response.headers.items()
        if name in SHOWN_HEADERS or name.startswith(SHOWN_PREFIX)
    ]
    return {"status": response.status_code, "headers": secrets.headers(headers)}
