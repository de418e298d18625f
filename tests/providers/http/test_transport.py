"""Requests over real sockets: reuse, redirects, compression, and servers that go away."""

import asyncio
import gzip
import socket
import struct

import brotli
import httpx2
import pytest

from assistants_app.providers.http import pool
from assistants_app.providers.http.transport import Transport, raw_pieces
from assistants_app.providers.outbound.networks import DEFAULT
from assistants_app.providers.outbound.transport import http_client, proxy_for
from tests.providers.http.client import TIMEOUT, client, ok
from tests.providers.http.server import ScriptedSockets, scripted_sockets


async def test_requests_in_turn_share_a_connection() -> None:
    with scripted_sockets(lambda it: [it.answer(ok(b"one"), ok(b"two"))]) as server:
        async with client() as opened:
            first = await opened.post(f"{server.base_url}/a?b=c", content=b"body")
            second = await opened.get(server.base_url)
        await server.wait_closed()
    assert (first.text, second.text) == ("one", "two")
    assert server.connections == 1
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nContent-Length: 4" in head
    assert body == b"body"
    assert first.http_version == "HTTP/1.1"
    assert first.reason_phrase == "OK"


async def test_requests_at_once_have_connections_of_their_own_and_the_last_is_used_again() -> None:
    with scripted_sockets(
        lambda it: [it.answer(ok(b"a"), ok(b"b")), it.answer(ok(b"a"), ok(b"b"))]
    ) as server:
        async with client() as opened:
            first = await opened.send(opened.build_request("GET", server.base_url), stream=True)
            second = await opened.send(opened.build_request("GET", server.base_url), stream=True)
            await first.aread()
            await second.aread()
            third = await opened.send(opened.build_request("GET", server.base_url), stream=True)
            used = third.extensions["network_stream"]
            assert used is second.extensions["network_stream"]
            assert used is not first.extensions["network_stream"]
            assert await third.aread() == b"b"
    assert server.connections == 2


async def test_a_response_that_nobody_reads_to_its_end_closes_its_connection() -> None:
    unfinished = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"
    with scripted_sockets(lambda it: [it.answer(unfinished), it.answer(ok(b"two"))]) as server:
        async with client() as opened:
            async with opened.stream("GET", server.base_url) as response:
                assert await anext(response.aiter_raw()) == b"hello"
            await server.wait_closed()
            assert (await opened.get(server.base_url)).text == "two"


async def test_a_request_that_is_cancelled_closes_its_connection() -> None:
    with scripted_sockets(lambda it: [it.answer(b""), it.answer(ok(b"two"))]) as server:
        async with client() as opened:
            asked = asyncio.ensure_future(opened.get(server.base_url))
            await server.wait_asked()
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            await server.wait_closed()
            assert (await opened.get(server.base_url)).text == "two"


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("resets", [False, True])
async def test_a_connection_that_ends_as_it_is_used_again_is_replaced_once(resets: bool) -> None:
    def stale(it: ScriptedSockets, connection: socket.socket) -> None:
        it.read_request(connection)
        connection.sendall(ok(b"one"))
        it.read_request(connection)
        if resets:
            reset(connection)

    with scripted_sockets(
        lambda it: [lambda socket: stale(it, socket), it.answer(ok(b"two"))]
    ) as server:
        async with client() as opened:
            assert (await opened.post(server.base_url, content=b"1")).text == "one"
            assert (await opened.post(server.base_url, content=b"2")).text == "two"
    assert server.connections == 2
    assert [request[-1:] for request in server.requests if request] == [b"1", b"2", b"2"]


async def test_a_new_connection_that_ends_without_a_response_is_an_error() -> None:
    def leave(it: ScriptedSockets, connection: socket.socket) -> None:
        it.read_request(connection)

    with scripted_sockets(
        lambda it: [lambda socket: leave(it, socket), it.answer(ok(b"never asked"))]
    ) as server:
        async with client() as opened:
            with pytest.raises(httpx2.RemoteProtocolError, match="without a response"):
                await opened.post(server.base_url, content=b"1")
    assert len(server.requests) == 1


async def test_a_response_that_has_begun_is_never_asked_for_again() -> None:
    def break_off(it: ScriptedSockets, connection: socket.socket) -> None:
        it.read_request(connection)
        connection.sendall(ok(b"one"))
        it.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")

    with scripted_sockets(
        lambda it: [lambda socket: break_off(it, socket), it.answer(ok(b"never asked"))]
    ) as server:
        async with client() as opened:
            await opened.get(server.base_url)
            with pytest.raises(httpx2.RemoteProtocolError):
                await opened.get(server.base_url)
    assert len(server.requests) == 2


async def test_a_connection_that_the_server_has_closed_is_not_used() -> None:
    def answer_and_leave(it: ScriptedSockets, connection: socket.socket) -> None:
        it.read_request(connection)
        connection.sendall(ok(b"one"))
        # Half of it is still open, as with servers that wait for the client.
        connection.shutdown(socket.SHUT_WR)
        it.wait_until_closed(connection)

    with scripted_sockets(
        lambda it: [lambda socket: answer_and_leave(it, socket), it.answer(ok(b"two"))]
    ) as server:
        async with client() as opened:
            await opened.get(server.base_url)
            await server.wait_closed()
            assert (await opened.get(server.base_url)).text == "two"
    assert len(server.requests) == 2


async def test_idle_connections_close_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.01)
    with scripted_sockets(lambda it: [it.answer(ok(b"one"))]) as server:
        async with client() as opened:
            await opened.get(server.base_url)
            await server.wait_closed()


async def test_few_idle_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST_IDLE", 1)
    with scripted_sockets(
        lambda it: [it.answer(ok(b"a"))] + [it.answer(ok(b"b"), ok(b"next"))]
    ) as server:
        async with client() as opened:
            requests = [opened.build_request("GET", server.base_url) for _ in range(2)]
            responses = [await opened.send(request, stream=True) for request in requests]
            for response in responses:
                await response.aread()
            await server.wait_closed()
            assert (await opened.get(server.base_url)).text == "next"


async def test_requests_above_the_limit_wait() -> None:
    with scripted_sockets(lambda it: [it.answer(ok(b"a"), ok(b"b"), ok(b"c"))]) as server:
        transport = Transport(most=1)
        async with httpx2.AsyncClient(transport=transport, timeout=TIMEOUT) as opened:
            request = opened.build_request("GET", server.base_url)
            first = await opened.send(request, stream=True)
            second = asyncio.ensure_future(opened.get(server.base_url))
            with pytest.raises(httpx2.PoolTimeout):
                await opened.get(server.base_url, timeout=httpx2.Timeout(5.0, pool=0.01))
            assert not second.done()
            await first.aread()
            assert (await second).text == "b"
            with pytest.raises(httpx2.ConnectError):
                await opened.get("http://127.0.0.1:9")
            # A request that fails leaves its place.
            assert (await opened.get(server.base_url)).text == "c"


async def test_redirects_are_followed_with_the_body() -> None:
    def script(it: ScriptedSockets) -> list:  # type: ignore[type-arg]
        there = b"Location: /there"
        return [it.answer(ok(b"", there, status=b"307 Temporary Redirect"), ok(b"moved"))]

    with scripted_sockets(script) as server:
        async with client() as opened:
            response = await opened.post(f"{server.base_url}/here", content=b"body")
    assert response.text == "moved"
    assert server.requests[1].startswith(b"POST /there ")
    assert server.requests[1].endswith(b"\r\n\r\nbody")
    assert server.connections == 1


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_compressed_responses_are_unpacked(coding: str) -> None:
    text = b"hello " * 1000
    packed = gzip.compress(text) if coding == "gzip" else brotli.compress(text)
    header = b"Content-Encoding: " + coding.encode()
    with scripted_sockets(lambda it: [it.answer(ok(packed, header))]) as server:
        async with client() as opened:
            assert (await opened.get(server.base_url)).content == text
    assert b"\r\nAccept-Encoding: gzip, deflate, br\r\n" in server.requests[0]


async def test_a_slow_reader_gets_all_of_a_large_body() -> None:
    body = bytes(range(256)) * 40_000
    with scripted_sockets(lambda it: [it.answer(ok(body), ok(b"next"))]) as server:
        async with client() as opened:
            received = []
            async with opened.stream("GET", server.base_url) as response:
                async for piece in response.aiter_raw():
                    received.append(piece)
                    await asyncio.sleep(0)
            assert (await opened.get(server.base_url)).text == "next"
    assert b"".join(received) == body
    assert server.connections == 1


async def test_raw_pieces_are_those_of_any_transport() -> None:
    parts = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with scripted_sockets(lambda it: [it.answer(parts, ok(b"next")), it.answer(parts)]) as server:
        async with client() as ours, httpx2.AsyncClient(trust_env=False) as plain:
            for opened in (ours, plain):
                async with opened.stream("GET", server.base_url) as response:
                    assert [piece async for piece in raw_pieces(response)] == [b"hello"]
            assert (await ours.get(server.base_url)).text == "next"
    assert server.connections == 2


async def test_a_large_request_is_sent_whole() -> None:
    body = bytes(range(256)) * 40_000
    with scripted_sockets(lambda it: [it.answer(ok(b"got it"))]) as server:
        async with client() as opened:
            assert (await opened.post(server.base_url, content=body)).text == "got it"
    assert server.requests[0].endswith(body)


async def test_a_header_can_not_smuggle_in_another() -> None:
    async with client() as opened:
        with pytest.raises(httpx2.LocalProtocolError):
            await opened.get("http://127.0.0.1:9", headers={"a": "b\r\nc: d"})


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
async def test_requests_go_through_a_proxy_that_the_environment_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    status = b"403 Forbidden" if name == "HTTPS_PROXY" else b"200 OK"
    with scripted_sockets(lambda it: [it.answer(ok(b"by proxy", status=status))]) as server:
        monkeypatch.setenv(name, server.base_url)
        proxy_for.cache_clear()
        scheme = "https" if name == "HTTPS_PROXY" else "http"
        async with http_client(f"{scheme}://models.test", DEFAULT, timeout=TIMEOUT) as opened:
            if name != "HTTPS_PROXY":
                response = await opened.get("http://models.test/v1/models")
                assert response.text == "by proxy"
                assert server.requests[0].startswith(b"GET http://models.test/v1/models HTTP/1.1")
            else:
                with pytest.raises(httpx2.ProxyError):
                    await opened.get("https://models.test/v1/models")
                assert server.requests[0].startswith(b"CONNECT models.test:443 ")
