"""Connections are made to the right address, in time, and with TLS."""

import asyncio
import socket
import ssl
from pathlib import Path

import httpx2
import pytest

from tests.fakes.certificates import certificate_for, context_of
from tests.providers.http.client import client, ok
from tests.providers.http.server import scripted_sockets


async def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with client() as opened:
        with pytest.raises(httpx2.ConnectError, match="Connection refused"):
            await opened.get(f"http://127.0.0.1:{port}")


async def test_a_host_without_an_address() -> None:
    async with client() as opened:
        with pytest.raises(httpx2.ConnectError):
            await opened.get("http://nothing.invalid")


async def test_a_host_that_does_not_respond_times_out() -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with client(never) as opened:
        with pytest.raises(httpx2.ConnectTimeout):
            await opened.get("http://x", timeout=httpx2.Timeout(5.0, connect=0.01))


async def test_the_next_address_is_tried() -> None:
    asked: list[tuple[str, int]] = []

    async def two(host: str, port: int) -> list[str]:
        asked.append((host, port))
        # The first never responds, being for documentation (RFC 5737), and the second refuses.
        return ["192.0.2.1", "127.0.0.2", "127.0.0.1"]

    with scripted_sockets(lambda it: [it.answer(ok(b"here"))]) as server:
        port = httpx2.URL(server.base_url).port
        async with client(two) as opened:
            assert (await opened.get(f"http://example.test:{port}")).text == "here"
    assert asked == [("example.test", port)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    return certificate_for("127.0.0.1", tmp_path_factory.mktemp("tls") / "certificate.pem")


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return context_of(certificate)


async def test_tls_trusts_what_the_environment_names(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with scripted_sockets(lambda it: [it.answer(ok(b"one"), ok(b"two"))], context=tls) as server:
        async with client() as opened:
            assert (await opened.get(server.base_url)).text == "one"
            assert (await opened.get(server.base_url)).text == "two"
        await server.wait_closed()
    assert server.connections == 1


async def test_tls_refuses_a_certificate_that_nobody_trusts(tls: ssl.SSLContext) -> None:
    with scripted_sockets(lambda it: [it.answer(ok(b"one"))], context=tls) as server:
        async with client() as opened:
            with pytest.raises(httpx2.ConnectError, match="certificate verify failed: self-signed"):
                await opened.get(server.base_url)


async def test_a_read_over_tls_ends_when_its_socket_is_shut_down(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    unfinished = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"
    with scripted_sockets(lambda it: [it.answer(unfinished)], context=tls) as server:
        async with client() as opened, opened.stream("GET", server.base_url) as response:
            pieces = response.aiter_raw()
            assert await anext(pieces) == b"hello"
            line = response.extensions["network_stream"].get_extra_info("socket")
            line.shutdown(socket.SHUT_RDWR)
            with pytest.raises(httpx2.RemoteProtocolError):
                await anext(pieces)
