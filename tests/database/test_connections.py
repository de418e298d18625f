"""Connections are shared by the threads of a process, and held only while they are used."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from playground.database import base
from playground.database.base import close_all
from playground.database.kept import KeptConnections, Outage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_idle_connections() -> Iterator[None]:
    connection.close()
    close_all()
    yield
    connection.close()
    close_all()


def backend() -> int:
    """Return the id of the server's process that carries out this statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def in_thread(call: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(call).result(timeout=20)


def end_backend(process: int) -> None:
    """End the server's process, as a restart of the server does."""
    with psycopg.connect(_address()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


@transaction.atomic
def fail() -> None:
    backend()
    raise ZeroDivisionError


@transaction.atomic
def lose_connection() -> None:
    end_backend(backend())
    backend()


def _address() -> str:
    given: dict[str, Any] = connection.get_connection_params()
    return " ".join(f"{name}={given[name]}" for name in ("dbname", "user", "host") if name in given)


def test_a_statement_gives_its_connection_back_and_another_thread_takes_it() -> None:
    mine = backend()
    assert connection.connection is None
    assert in_thread(backend) == mine


def test_a_transaction_holds_its_connection_until_it_ends() -> None:
    with transaction.atomic():
        mine = backend()
        assert backend() == mine
        assert in_thread(backend) != mine
    assert connection.connection is None


def test_what_waits_for_the_commit_holds_no_connection() -> None:
    held = []
    with transaction.atomic():
        backend()
        transaction.on_commit(lambda: held.append(connection.connection))
    assert held == [None]


def test_a_failed_transaction_gives_a_clean_connection_back() -> None:
    mine = backend()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert backend() == mine
    with transaction.atomic():
        assert backend() == mine


def test_rows_that_are_read_one_by_one_keep_their_connection() -> None:
    with connection.cursor() as outer:
        outer.execute("SELECT pg_backend_pid() FROM generate_series(1, 3)")
        first = outer.fetchone()
        assert backend() == first[0]
        assert connection.connection is not None
        assert outer.fetchall() == [first, first]
    assert connection.connection is None


def test_a_connection_that_the_server_closed_is_replaced_without_an_error() -> None:
    mine = backend()
    end_backend(mine)
    assert backend() != mine
    with transaction.atomic():
        other = backend()
    end_backend(other)
    with transaction.atomic():
        assert backend() != other


def test_a_transaction_that_lost_its_connection_fails_and_the_next_one_does_not() -> None:
    with pytest.raises(OperationalError):
        lose_connection()
    with transaction.atomic():
        backend()


def test_more_threads_than_connections_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_all", {})
    monkeypatch.setitem(connection.settings_dict, "MAX_CONNECTIONS", 2)
    begun = threading.Barrier(8)

    def read(_: int) -> int:
        begun.wait(10)
        with transaction.atomic():
            mine = backend()
            time.sleep(0.02)
        return mine

    with ThreadPoolExecutor(8) as threads:
        used = set(threads.map(read, range(8)))
    close_all()
    assert len(used) <= 2


def test_a_thread_that_finds_no_connection_gets_an_error_that_says_why() -> None:
    connections = KeptConnections(1, timeout=0.01)
    connections.take()
    with pytest.raises(psycopg.OperationalError, match="All 1 database connections"):
        connections.take()
    connections.give_up()
    assert connections.take() is None


def test_a_refused_connection_leaves_its_place_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_all", {})
    monkeypatch.setitem(connection.settings_dict, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(base, "TIMEOUT", 0.01)
    monkeypatch.setitem(connection.settings_dict, "PATIENCE", 0.0)
    with monkeypatch.context() as wrong:
        wrong.setitem(connection.settings_dict, "HOST", "/nowhere")
        for _ in range(3):
            with pytest.raises(OperationalError, match="/nowhere"):
                backend()
    assert backend()
    close_all()


def test_idle_and_old_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        backend()
        first = in_thread(backend)
    second = backend()
    assert first != second
    now = time.monotonic()
    monkeypatch.setattr("playground.database.kept.time.monotonic", lambda: now + 301)
    # The one that is used again and again stays. The other one was idle for too long.
    assert backend() == second
    with transaction.atomic():
        assert backend() == second
        assert in_thread(backend) != first
    monkeypatch.setattr("playground.database.kept.time.monotonic", lambda: now + 3601)
    used = backend()
    assert backend() != used


def test_a_statement_waits_for_a_server_that_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_all", {})
    monkeypatch.setitem(connection.settings_dict, "PATIENCE", 20.0)
    right = connection.settings_dict["HOST"]
    failed = threading.Event()

    class Watched(Outage):
        def may_wait(self, seconds: float) -> bool:
            failed.set()
            return super().may_wait(seconds)

    monkeypatch.setattr("playground.database.kept.Outage", Watched)
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    def come_back() -> None:
        assert failed.wait(10)
        connection.settings_dict["HOST"] = right

    with ThreadPoolExecutor(1) as threads:
        back = threads.submit(come_back)
        assert backend()
        back.result()
    close_all()


def test_only_the_first_failures_of_an_outage_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("playground.database.kept.time.monotonic", lambda: now[0])
    outage = Outage()
    assert outage.may_wait(3.0)
    now[0] += 2.9
    assert outage.may_wait(3.0)
    now[0] += 0.2
    # Requests that come later fail at once, however many they are.
    assert not outage.may_wait(3.0)
    now[0] += 50
    assert not outage.may_wait(3.0)
    outage.end()
    assert outage.may_wait(3.0)
    now[0] += 61
    assert outage.may_wait(3.0)
    assert not Outage().may_wait(0.0)
