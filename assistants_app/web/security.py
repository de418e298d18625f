"""Headers of the site's pages: what they may load and do, and that no cache keeps them."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Sets the policy on each page, with a nonce that templates get as `csp_nonce`.

    It also forbids caches to keep pages.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        # A middleware that is only synchronous costs each asynchronous request a thread.
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._call_async(request)
        return _with_policy(request, self.get_response(request))

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        return _with_policy(request, await self.get_response(request))


def _with_policy(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    is_page = response.get("Content-Type", "").startswith("text/html")
    if is_page:
        # A page that comes from a cache, such as after Back, shows an old draft, which the next
        # key press would save over the newer one.
        response.headers.setdefault("Cache-Control", "no-store")
    # A file's response has a stricter policy already (`file_bytes.bytes_response`).
    if is_page and not response.has_header("Content-Security-Policy"):
        response["Content-Security-Policy"] = POLICY.format(nonce=nonce_of(request))
    return response


def nonce_of(request: HttpRequest) -> str:
    """Return the request's nonce, and create it on the first call."""
    if not hasattr(request, "_csp_nonce"):
        cast(Any, request)._csp_nonce = secrets.token_urlsafe(16)
    return str(cast(Any, request)._csp_nonce)


def csp_nonce(request: HttpRequest) -> dict[str, str]:
    """Return the nonce for templates, as a context processor."""
    return {"csp_nonce": nonce_of(request)}
