"""Which requests may send their body. It is decided by their headers, before the body is read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.http import parse_cookie

from assistants_app.api.access import secret_in
from assistants_app.api.bodies import LARGEST_BODY
from assistants_app.api.hops import hop
from assistants_app.api.request import headers_of, is_form
from assistants_app.api.responses import too_large
from assistants_app.api.urls import router
from assistants_app.domain.errors import ApiError
from assistants_app.queries.project.access import find_api_key, known_api_key, session_user

# Bytes that a visitor of the site may send before signing in: the form of the sign-in page.
VISITORS_BODY = 64 * 1024

Ask = Callable[[], Awaitable[ApiError | None]]


@dataclass(frozen=True)
class Head:
    """A request without its body. Names of headers are bytes, `length` is None if not announced."""

    method: str
    path: str
    raw_headers: list[tuple[bytes, bytes]]
    length: int | None

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers by their names in lower case."""
        return headers_of({"headers": self.raw_headers})


def head_of(
    method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], length: int | None
) -> Head:
    """Return the head of a request from the parts that the server has read."""
    path = unquote(target.partition(b"?")[0].decode("latin-1"))
    return Head(method.decode("latin-1"), path, headers, length)


class Door:
    """Decides about bodies. `is_for_api` says which requests belong to the API."""

    def __init__(self, is_for_api: Callable[[Mapping[str, Any]], bool]) -> None:
        self._is_for_api = is_for_api

    def largest_body(self, head: Head) -> int:
        """Return how many bytes the body may have."""
        if self._is_api(head) and not is_form(head.headers):
            return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return LARGEST_BODY

    def check(self, head: Head) -> ApiError | Ask | None:
        """Return an error if the body must not be read, or None if it may be.

        Return a coroutine function that does the same where only the database can decide.
        """
        if head.headers.get("upgrade", "").lower() == "websocket":
            return ApiError("The handshake of a websocket has no body.", http_status=400)
        if self._is_api(head):
            match = router.find(head.path)
            secret = secret_in(head.headers)
            if match is None or head.method not in match.route.views or not secret:
                return _not_read()
            if not known_api_key(secret):
                return lambda: self._ask_api(head, secret)
        elif head.length is None or head.length > VISITORS_BODY:
            return lambda: self._ask_site(head)
        return self._check_length(head)

    async def _ask_api(self, head: Head, secret: str) -> ApiError | None:
        if await hop(find_api_key, secret) is None:
            return _not_read()
        return self._check_length(head)

    async def _ask_site(self, head: Head) -> ApiError | None:
        cookies = parse_cookie(head.headers.get("cookie", ""))
        session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        if not session_key or await hop(session_user, session_key) is None:
            return ApiError("Sign in before you send a large request.", http_status=403)
        return self._check_length(head)

    def _check_length(self, head: Head) -> ApiError | None:
        return too_large() if (head.length or 0) > self.largest_body(head) else None

    def _is_api(self, head: Head) -> bool:
        return self._is_for_api({"path": head.path, "headers": head.raw_headers})


def _not_read() -> ApiError:
    # The application answers without the body: by the address, the method or the key. Clients see
    # this only if a key becomes valid between the look at it here and the application's.
    return ApiError("The request body wasn't read. Send the request again.", http_status=408)
