"""Appending on a real Valkey: each event once and in order, whatever happens to the connection."""

import json
import os
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from assistants_app import conf
from assistants_app.events import log
from assistants_app.events.append import Appender, Batch, Item
from assistants_app.events.connections import Connection
from assistants_app.events.log import NewEvent, key, position
from assistants_app.events.writer import Delta, EventLogUnavailable, GroupWriter
from assistants_app.redis_client import client


@pytest.fixture
def thread_id() -> str:
    return f"thread_{secrets.token_hex(12)}"


def event(number: int) -> NewEvent:
    return NewEvent("thread.message.created", "run_1", f'{{"n": {number}}}')


def delta(text: str, key: str = "one") -> Delta:
    return Delta("thread.message.delta", "run_1", key, text, lambda text: json.dumps({"t": text}))


def numbers(thread_id: str) -> list[int]:
    return [item.content["n"] for item in log.read(thread_id)]


def test_a_flush_that_is_sent_twice_is_carried_out_once(thread_id: str) -> None:
    other = f"{thread_id}_other"
    queue = f"queue:{thread_id}"
    appender = Appender()
    first = Batch(thread_id, [event(1), event(2)], [Item(queue, "task")])
    flush = [first, Batch(other, [event(3)])]
    appender.append(flush)
    appender.append(flush, again=True)
    assert numbers(thread_id) == [1, 2]
    assert numbers(other) == [3]
    assert client().lrange(queue, 0, -1) == [b"task"]
    # The same content in a new flush is something new.
    appender.append(flush)
    assert numbers(thread_id) == [1, 2, 1, 2]
    seqs = [position(item.seq) for item in log.read(thread_id)]
    assert seqs == sorted(set(seqs))


def test_the_script_is_loaded_again_after_a_restart(thread_id: str) -> None:
    appender = Appender()
    appender.append([Batch(thread_id, [event(1)])])
    client().script_flush()
    appender.append([Batch(thread_id, [event(2)])])
    assert numbers(thread_id) == [1, 2]


def test_a_lost_connection_loses_nothing(thread_id: str) -> None:
    writer = GroupWriter()
    writer.append(thread_id, [event(1)])
    for _ in range(3):
        client().client_kill_filter(_type="normal", skipme=True)
    writer.append(thread_id, [event(2)])
    assert numbers(thread_id) == [1, 2]


def test_one_message_publishes_all_events_of_a_batch(thread_id: str) -> None:
    pubsub = client().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    pubsub.subscribe(key(thread_id))
    pubsub.get_message(timeout=1)
    Appender().append([Batch(thread_id, [event(1), event(2)])])
    message = pubsub.get_message(timeout=5)
    assert message is not None
    assert log.published_events(message["data"]) == log.read(thread_id)
    assert pubsub.get_message(timeout=0.05) is None
    pubsub.close()


def test_the_stored_bytes_are_the_server_sent_event(thread_id: str) -> None:
    Appender().append([Batch(thread_id, [NewEvent("thread.run.created", "run_1", '{"é": "\\n"}')])])
    [stored] = log.read(thread_id)
    assert stored.sse == 'event: thread.run.created\ndata: {"é": "\\n"}\n\n'.encode()
    assert (stored.name, stored.run_id) == ("thread.run.created", "run_1")
    assert stored.content == {"é": "\n"}


def test_deltas_leave_the_life_of_a_log_as_it_is(thread_id: str) -> None:
    writer = GroupWriter()
    writer.append(thread_id, [event(1)])
    assert 0 < client().ttl(key(thread_id)) <= conf.EVENT_LOG_TTL
    client().expire(key(thread_id), 17)
    writer.delta(thread_id, delta("a"))
    wait_for_events(thread_id, 2)
    assert client().ttl(key(thread_id)) <= 17
    writer.append(thread_id, [event(2)])
    assert client().ttl(key(thread_id)) > 17


def test_adjacent_deltas_are_joined_and_keep_their_place(thread_id: str) -> None:
    writer = GroupWriter()
    for text, name in (("a", "one"), ("b", "one"), ("c", "two"), ("d", "one")):
        writer.delta(thread_id, delta(text, name))
    writer.append(thread_id, [event(1)])
    texts = [item.content.get("t") for item in log.read(thread_id)]
    assert "".join(text or "|" for text in texts) == "abcd|"


def test_many_streams_are_written_together(thread_id: str) -> None:
    """While more than a few threads stream, the deltas of some milliseconds share a flush."""
    writer = GroupWriter()
    threads = [f"{thread_id}_{number}" for number in range(20)]
    before = calls_of_script()
    begin = time.monotonic()
    for _ in range(20):
        for thread in threads:
            writer.delta(thread, delta("x"))
        time.sleep(0.002)
    for thread in threads:
        writer.append(thread, [event(1)])
    took = time.monotonic() - begin
    for thread in threads:
        texts = [item.content.get("t", "") for item in log.read(thread)]
        assert "".join(texts) == "x" * 20
    # One flush each 10 ms, and those that an append waits for.
    assert calls_of_script() - before <= took / 0.01 + len(threads) + 20


def test_who_waits_for_events_writes_them_without_another_thread(thread_id: str) -> None:
    writer = GroupWriter()
    before = writing_threads()
    for number in range(3):
        writer.append(thread_id, [event(number)])
    assert writing_threads() == before
    assert numbers(thread_id) == [0, 1, 2]


def test_many_threads_that_wait_write_each_event_once_and_in_their_order(thread_id: str) -> None:
    writer = GroupWriter()

    def write(first: int) -> None:
        for number in range(first, first + 50):
            writer.append(thread_id, [event(number)])
            writer.add(thread_id, [event(number + 1000)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(0, 400, 50)))
    assert writer.flush(10)
    written = numbers(thread_id)
    assert sorted(written) == [*range(400), *range(1000, 1400)]
    for first in range(0, 400, 50):
        own = [number for number in written if first <= number % 1000 < first + 50]
        assert own == [at for number in range(first, first + 50) for at in (number, number + 1000)]


def test_what_is_gathered_is_written_together(thread_id: str) -> None:
    writer = GroupWriter()
    writer.add(thread_id, [event(0)])
    assert writer.flush(10)
    before = calls_of_script()
    with writer.gathering():
        for number in range(1, 20):
            writer.add(thread_id, [event(number)])
            time.sleep(0.001)
        assert calls_of_script() == before
    wait_for_events(thread_id, 20)
    assert calls_of_script() == before + 1
    assert numbers(thread_id) == list(range(20))


def test_what_is_gathered_goes_along_with_what_others_write(thread_id: str) -> None:
    writer = GroupWriter()
    with writer.gathering():
        writer.delta(thread_id, delta("a"))
        other = threading.Thread(target=writer.add, args=[f"{thread_id}_other", [event(2)]])
        other.start()
        wait_for_events(thread_id, 1)
        other.join()


def test_who_waits_while_it_gathers_is_not_kept_waiting(thread_id: str) -> None:
    writer = GroupWriter(patience=0.1)
    with writer.gathering():
        writer.add(thread_id, [event(1)])
        writer.append(thread_id, [event(2)])
    assert numbers(thread_id) == [1, 2]


def test_a_forked_process_writes_by_itself(thread_id: str) -> None:
    writer = GroupWriter()
    writer.append(thread_id, [event(1)])
    child = os.fork()
    if child == 0:
        status = 1
        try:
            writer.append(thread_id, [event(2)])
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    writer.append(thread_id, [event(3)])
    assert numbers(thread_id) == [1, 2, 3]


def test_a_server_that_is_away_is_an_error(thread_id: str, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    writer = GroupWriter(patience=0.1)
    with pytest.raises(EventLogUnavailable):
        writer.append(thread_id, [event(1)])


def test_what_nobody_waits_for_is_written_in_order(thread_id: str) -> None:
    writer = GroupWriter()
    queue = f"queue:{thread_id}"
    for number in range(20):
        writer.add(thread_id, [event(number)], [Item(queue, str(number))])
    assert writer.flush(10)
    assert numbers(thread_id) == list(range(20))
    assert client().llen(queue) == 20


def test_what_nobody_waits_for_is_logged_if_it_cannot_be_written(
    thread_id: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    writer = GroupWriter(patience=0.1)
    writer.add(thread_id, [event(1)])
    assert not writer.flush(10)
    assert f"dropped events of {thread_id}" in caplog.text


def test_a_connection_selects_its_database() -> None:
    connection = Connection()
    number = connection.call("CLIENT", "INFO")
    connection.close()
    assert b" db=0 " in number
    assert json.loads(connection.call("EVAL", "return '[1]'", 0)) == [1]
    connection.close()


def wait_for_events(thread_id: str, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(log.read(thread_id)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def writing_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "event-writer"}


def calls_of_script() -> int:
    return int(client().info("commandstats")["cmdstat_evalsha"]["calls"])
