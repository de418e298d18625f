"""Redis' memory: a warning before it is full, and a check whether it is."""

import logging
from collections.abc import Callable, Iterator

import pytest
from redis.exceptions import OutOfMemoryError

from assistants_app.events import memory
from assistants_app.events.log import NewEvent
from assistants_app.events.writer import EventLogUnavailable, GroupWriter, writer
from assistants_app.redis_client import client


@pytest.fixture
def limit() -> Iterator[Callable[[float], None]]:
    """Limit the memory of the server to this multiple of what it uses now."""

    def limit(times: float) -> None:
        used = client().info("memory")["used_memory"]
        client().config_set("maxmemory", round(used * times))

    yield limit
    client().config_set("maxmemory", 0)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    with caplog.at_level(logging.WARNING):
        memory.warn_before_full()
    return [record.getMessage() for record in caplog.records]


def test_the_log_warns_before_memory_is_full(
    limit: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    assert warnings(caplog) == []
    limit(1.5)
    assert warnings(caplog) == []
    limit(1.1)
    [warning] = warnings(caplog)
    assert "maxmemory" in warning


def test_full_memory_is_noticed(
    limit: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_written_at", float("-inf"))
    memory.require_room()
    limit(0.5)
    with pytest.raises(OutOfMemoryError):
        memory.require_room()
    limit(2)
    memory.require_room()
    assert not client().exists("events:room")


def test_a_flush_that_is_refused_is_written_once_there_is_room(
    limit: Callable[[float], None],
) -> None:
    impatient = GroupWriter(patience=0.1)
    event = NewEvent("thread.message.created", "run_1", "{}")
    limit(0.5)
    for _ in range(2):
        with pytest.raises(EventLogUnavailable):
            impatient.append("thread_full", [event])
    limit(2)
    impatient.append("thread_full", [event])
    assert client().xlen("events:thread_full") == 1
    client().delete("events:thread_full")
