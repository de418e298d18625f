"""Responses of the API: in one piece, or streamed."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain.errors import ApiError

JSON = "application/json"
EVENT_STREAM = "text/event-stream"


@dataclass(slots=True)
class Response:
    """A response in one piece."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class StreamedResponse:
    """A response whose `chunks` are sent as they come, and as fast as the client reads them."""

    chunks: AsyncGenerator[bytes, None]
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


AnyResponse = Response | StreamedResponse


@dataclass(slots=True)
class Deferred:
    """A response that a coroutine waits for, so that no thread does.

    The response gets the `headers` in addition to its own.
    """

    respond: Callable[[], Awaitable[AnyResponse]]
    headers: dict[str, str] = field(default_factory=dict)


class BrokenOff(Exception):
    """Raised by the chunks of a response that can't be completed, if the reason is known."""


Answer = dict[str, Any] | AnyResponse | Deferred


def json_response(data: dict[str, Any]) -> Response:
    """Return a response with this object."""
    return Response(json.dumps(data).encode())


def error_response(error: ApiError) -> Response:
    """Return the response for an error, in the vendor's format."""
    body = json.dumps(error.body()).encode()
    return Response(body, status=error.http_status, headers=dict(error.headers))


def error_event(error: ApiError) -> bytes:
    """Return an error as the last event of a stream."""
    # In the vendor's document the data is the error itself, and its SDKs read the key `error`. The
    # data satisfies both.
    body = error.body()
    return f"event: error\ndata: {json.dumps({**body['error'], **body})}\n\n".encode()


def event_stream(frames: AsyncGenerator[bytes, None]) -> StreamedResponse:
    """Return a response of server-sent events."""
    return StreamedResponse(
        frames,
        content_type=f"{EVENT_STREAM}; charset=utf-8",
        # X-Accel-Buffering: nginx would otherwise collect events before it passes them on.
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


def too_large() -> ApiError:
    """Return the error for a body that is too large."""
    return ApiError("The request body is too large.", http_status=413)
