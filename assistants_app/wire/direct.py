"""Requests for chat completions and embeddings, which are passed on to an endpoint."""

import json
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.errors import InvalidRequest

MODEL_LENGTH = 256


@dataclass(frozen=True, slots=True)
class DirectRequest:
    """A request for one model. `body` is what the endpoint gets.

    With `hides_usage`, the client didn't ask for the usage that the endpoint reports.
    """

    model: str
    body: bytes
    hides_usage: bool = False


def read_direct_request(body: bytes, *, deployment: str = "") -> DirectRequest:
    """Return the request in a body. Raises :class:`InvalidRequest` if it names no model.

    `deployment` is the model if the body has none. Apart from that, the body stays as it is, unless
    it asks for a stream without usage.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InvalidRequest(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
            "using your HTTP library correctly. The API expects a JSON object.)"
        )
    if "model" not in data and deployment:
        data = {"model": deployment, **data}
        body = json.dumps(data).encode()
    model = data.get("model")
    # PostgreSQL, which keeps the usage, can't store NUL or half of a surrogate pair.
    if not isinstance(model, str) or not model.strip() or not model.isprintable():
        raise InvalidRequest("you must provide a model parameter", param="model")
    if len(model) > MODEL_LENGTH:
        raise InvalidRequest(
            f"Invalid 'model': string too long. Expected up to {MODEL_LENGTH} characters.",
            param="model",
            code="string_above_max_length",
        )
    if data.get("stream") is not True or _asks_for_usage(data):
        return DirectRequest(model, body)
    return DirectRequest(model, _with_usage(data, body), hides_usage=True)


def _asks_for_usage(data: dict[str, Any]) -> bool:
    options = data.get("stream_options")
    # Options in a wrong form are for the endpoint to refuse.
    if options is not None and not isinstance(options, dict):
        return True
    return bool(options and options.get("include_usage"))


def _with_usage(data: dict[str, Any], body: bytes) -> bytes:
    if "stream_options" in data:
        options = {**(data["stream_options"] or {}), "include_usage": True}
        return json.dumps({**data, "stream_options": options}).encode()
    # Written at the end, so that all other bytes stay as they are. An object with a model isn't
    # empty.
    start, _, _ = body.rpartition(b"}")
    return start + b',"stream_options":{"include_usage":true}}'
