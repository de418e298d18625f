"""Bare connections to a server that listens on a port and asks for a password."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from assistants_app.events.connections import Connection, LoopConnection, ReplyError
from playground.embedded.servers.broker import binary
from tests.live import free_port, wait_until


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("valkey")
    options = ("--port", str(port), "--bind", "127.0.0.1", "--requirepass", "secret", "--save", "")
    with subprocess.Popen([str(binary()), *options], cwd=folder, stdout=subprocess.DEVNULL) as it:
        yield port
        it.kill()


@pytest.fixture
def url(port: int, settings: Settings) -> str:
    url = f"redis://default:secret@127.0.0.1:{port}/3"
    settings.REDIS_URL = url

    def answers() -> bool:
        try:
            return bool(Connection().call("PING") == b"PONG")
        except OSError:
            return False

    wait_until(answers)
    return url


def test_it_signs_in_and_selects_the_database(url: str) -> None:
    connection = Connection()
    assert b" db=3 " in connection.call("CLIENT", "INFO")
    # A refusal is an answer: the connection stays.
    number = connection.call("CLIENT", "ID")
    with pytest.raises(ReplyError, match="WRONGTYPE"):
        connection.call(
            "EVAL", "redis.call('SET', 'a', 'b'); return redis.call('LPUSH', 'a', 1)", 0
        )
    assert connection.call("CLIENT", "ID") == number
    connection.close()


def test_it_connects_again_after_it_was_closed(url: str) -> None:
    connection, other = Connection(), Connection()
    other.call("CLIENT", "KILL", "ID", connection.call("CLIENT", "ID"))
    with pytest.raises(OSError, match="closed|reset|pipe"):
        connection.call("PING")
    assert connection.call("PING") == b"PONG"
    connection.close()
    other.close()


async def test_it_is_never_used_half_opened(url: str, settings: Settings) -> None:
    """Without its session, a connection would have no rights, or another database."""
    settings.REDIS_URL = url.replace("secret", "guess")
    connection = Connection()
    for _ in range(2):
        with pytest.raises(ReplyError, match="WRONGPASS"):
            connection.call("PING")
    with pytest.raises(ReplyError, match="WRONGPASS"):
        await LoopConnection.open(lambda _: None)
    settings.REDIS_URL = url
    assert b" db=3 " in connection.call("CLIENT", "INFO")
    connection.close()


async def test_one_connection_subscribes_and_asks(url: str) -> None:
    pushed: asyncio.Queue[list[Any]] = asyncio.Queue()
    connection = await LoopConnection.open(pushed.put_nowait)
    connection.send(("SUBSCRIBE", "news"))
    assert b" db=3 " in await connection.call(("CLIENT", "INFO"))
    with pytest.raises(ReplyError, match="unknown command"):
        await connection.call(("NONSENSE",))
    await connection.call(("PUBLISH", "news", "x"))
    assert await pushed.get() == [b"subscribe", b"news", 1]
    assert await pushed.get() == [b"message", b"news", b"x"]
    waiting = connection.call(("BLPOP", "nothing", 0))
    connection.close()
    with pytest.raises(ConnectionError):
        await waiting
    await connection.lost
    with pytest.raises(ConnectionError):
        await connection.call(("PING",))
