"""Which pages may open a websocket here."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[Any, Any, Any], Awaitable[None]]
PORTS = {"http": 80, "https": 443}


def for_own_pages(application: Application) -> Application:
    """Return the application, for websockets of this site's own pages only."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if is_own_page(scope):
            await application(scope, receive, send)
        else:
            # Before it is accepted, so that the client gets 403.
            await send({"type": "websocket.close"})

    return serve


def is_own_page(scope: Mapping[str, Any]) -> bool:
    """Return whether the handshake came from a page of this site.

    The page's origin is either that of ``PUBLIC_URL``, or it is the host and port that the request
    itself names, if that host is in ``ALLOWED_HOSTS``. This is also how Django checks forms.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    # Browsers send cookies with websockets of any page, and an origin that no page can change.
    origin = _origin_of(headers.get(b"origin", ""))
    if origin is None:
        return False
    if origin == _origin_of(settings.PUBLIC_URL):
        return True
    host = headers.get(b"host", "")
    name, _ = split_domain_port(host)
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return False
    return origin == _origin_of(f"{_scheme_of(headers)}://{host}")


def _scheme_of(headers: Mapping[bytes, str]) -> str:
    trusted: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER
    if trusted and headers.get(b"x-forwarded-proto", "").split(",")[0].strip() == trusted[1]:
        return "https"
    return "http"


def _origin_of(url: str) -> tuple[str, str, int] | None:
    """Return the scheme, host and port, or None for what is no origin, such as ``null``."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
