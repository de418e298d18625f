"""Only the site's own pages may open a websocket, as browsers send cookies with every one."""

from typing import Any

import pytest
from pytest_django import Settings

from playground.asgi import application
from playground.origins import is_own_page

HTTPS = ("HTTP_X_FORWARDED_PROTO", "https")


def handshake(origin: str | None, host: str, proto: str = "") -> dict[str, Any]:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode("latin-1")))
    if proto:
        headers.append((b"x-forwarded-proto", proto.encode()))
    return {"type": "websocket", "path": "/ws/x", "query_string": b"", "headers": headers}


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        # A proxy may name another host.
        ("http://127.0.0.1:8000", "web:80", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("http://localhost", "localhost:80", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
        ("http://127.0.0.1", "127.0.0.1:8000", False),
        ("https://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://localhost:8000.evil.example", "localhost:8000", False),
        ("http://evil.example", "evil.example", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("http://evil.example#@127.0.0.1:8000", "127.0.0.1:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
        ("http://[::1", "[::1", False),
        ("http://127.0.0.1:99999", "127.0.0.1:99999", False),
        ("file://", "127.0.0.1:8000", False),
        ("\xff", "127.0.0.1:8000", False),
        (None, "127.0.0.1:8000", False),
    ],
)
def test_scheme_host_and_port_must_be_those_of_the_site(
    origin: str | None, host: str, is_own: bool
) -> None:
    assert is_own_page(handshake(origin, host)) is is_own


def test_a_host_behind_a_proxy_for_tls(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["second.example"]
    origin, host = "https://second.example", "second.example"
    assert not is_own_page(handshake(origin, host, "https"))
    settings.SECURE_PROXY_SSL_HEADER = HTTPS
    assert is_own_page(handshake(origin, host, "https"))
    assert not is_own_page(handshake("http://second.example", host, "https"))
    assert not is_own_page(handshake(origin, host, "http"))


def test_any_allowed_host_has_to_be_that_of_the_request(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert is_own_page(handshake("http://a.example", "a.example"))
    assert not is_own_page(handshake("http://a.example", "b.example"))


async def test_other_pages_get_no_websocket() -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(handshake("http://127.0.0.1:8001", "127.0.0.1:8000"), receive, send)
    assert sent == [{"type": "websocket.close"}]
