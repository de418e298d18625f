"""Cross-origin requests (CORS): which web pages of other origins may use the API."""

import re
from collections.abc import Iterable

from assistants_app import conf
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import Response

ANY = "*"
PREFLIGHT_SECONDS = 3600  # how long a browser remembers the response to a preflight
# Headers that clients of the API send. Others, such as cookies, mean nothing here.
_ASKED = re.compile(
    r"accept|api-key|authorization|content-type|idempotency-key|last-event-id|user-agent"
    r"|(?:openai|x-stainless|x-ms)-[a-z0-9-]+",
    re.IGNORECASE,
)
# What a page may read besides the body.
_EXPOSED = ", ".join(
    (
        *("x-request-id", "openai-processing-ms", "openai-version"),
        *(f"x-ratelimit-{what}-requests" for what in ("limit", "remaining", "reset")),
        *("Retry-After", "retry-after-ms", "x-should-retry", "Idempotent-Replayed"),
        *("Content-Disposition",),
    )
)


def is_preflight(request: ApiRequest) -> bool:
    """Return whether a browser asks what a page may do, and pages of other origins are served."""
    return bool(
        conf.CORS_ORIGINS
        and request.method == "OPTIONS"
        and "access-control-request-method" in request.headers
    )


def preflight_response(request: ApiRequest, methods: Iterable[str]) -> Response:
    """Return the response to a preflight. Pages of a wrong origin see no permission in it."""
    headers = {"Vary": "Origin, Access-Control-Request-Headers"}
    if _allowed(request.headers.get("origin", "")):
        asked = request.headers.get("access-control-request-headers", "").split(",")
        names = [name.strip() for name in asked if _ASKED.fullmatch(name.strip())]
        headers |= {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": ", ".join(names),
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
    return Response(b"", status=204, content_type="", headers=headers)


def cors_headers(origin: str) -> dict[str, str]:
    """Return the headers for every response to a request with this header `Origin`."""
    if not conf.CORS_ORIGINS:
        return {}
    # Without it, a cache would serve a response for one origin to pages of another.
    headers = {"Vary": "Origin"}
    if allowed := _allowed(origin):
        headers |= {
            "Access-Control-Allow-Origin": allowed,
            "Access-Control-Expose-Headers": _EXPOSED,
        }
    return headers


def _allowed(origin: str) -> str:
    # Requests carry a key in a header and no cookies, so no page gains rights by its origin alone.
    if ANY in conf.CORS_ORIGINS:
        return ANY
    return origin if origin in conf.CORS_ORIGINS else ""
