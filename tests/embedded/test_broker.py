"""Embedded Valkey: one socket over restarts, and what it keeps."""

import stat
import time

import pytest
import redis

from playground.embedded.errors import LaunchError
from playground.embedded.servers.broker import EmbeddedValkey
from tests.embedded.conftest import Wait


def test_it_serves_its_owner_on_a_socket_alone(valkey: EmbeddedValkey) -> None:
    client = redis.Redis.from_url(valkey.url)
    assert client.config_get("port")["port"] == "0"
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert stat.S_IMODE(valkey.socket_path.stat().st_mode) == 0o700
    client.close()


def test_an_orderly_restart_keeps_everything(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.xadd("log", {"seq": 1})
    valkey.stop()
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.xlen("log") == 1


def test_a_kill_keeps_what_is_on_disk_and_the_socket(
    valkey: EmbeddedValkey, wait_until: Wait
) -> None:
    url = valkey.url
    with redis.Redis.from_url(url) as client:
        client.xadd("log", {"seq": 1})
        client.execute_command("WAITAOF", 1, 0, 5000)
    valkey.kill()
    assert not valkey.is_ready()
    valkey.start()
    assert valkey.url == url
    with redis.Redis.from_url(url) as client:
        assert client.xlen("log") == 1


def test_without_durability_nothing_is_kept(valkey: EmbeddedValkey) -> None:
    folder = valkey.data_dir.parent
    with EmbeddedValkey(folder / "quick", folder / "quick-run", durable=False) as quick:
        with redis.Redis.from_url(quick.url) as client:
            client.set("key", "value")
        began = time.monotonic()
        quick.stop()
        quick.start()
        assert time.monotonic() - began < 2
        with redis.Redis.from_url(quick.url) as client:
            assert client.get("key") is None


def test_two_servers_cannot_share_a_folder(valkey: EmbeddedValkey) -> None:
    second = EmbeddedValkey(valkey.data_dir, valkey.socket_path.parent)
    with pytest.raises(LaunchError, match="Process .* already uses"):
        second.start()
    assert valkey.is_ready()
