"""What a page of the site may load and do: the content security policy."""

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
    """Sets the policy on pages, with a nonce of their own that templates find as `csp_nonce`."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._later(request)
        return _with_policy(request, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _with_policy(request, await self.get_response(request))


def _with_policy(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    is_page = response.get("Content-Type", "").startswith("text/html")
    if is_page and not response.has_header("Content-Security-Policy"):
        response["Content-Security-Policy"] = POLICY.format(nonce=nonce_of(request))
    return response


def nonce_of(request: HttpRequest) -> str:
    """The request's nonce, made when it is first asked for."""
    if not hasattr(request, "_csp_nonce"):
        cast(Any, request)._csp_nonce = secrets.token_urlsafe(16)
    return str(cast(Any, request)._csp_nonce)


def csp_nonce(request: HttpRequest) -> dict[str, str]:
    """The template context processor for the nonce."""
    return {"csp_nonce": nonce_of(request)}
