"""Which errors are faults of the database, Redis or a disk, and which are the program's own."""

import errno
import logging
from collections.abc import Callable
from typing import Any

import django.db
import psycopg
import pytest
import redis.exceptions

from assistants_app.faults import Fault, WithoutTraceback, fault_of, refusal_after


def of_server(code: str) -> Exception:
    """Return the error that Django raises for this code of PostgreSQL."""
    cause = psycopg.errors.lookup(code)()
    error: type[Exception] = next(
        getattr(django.db, base.__name__)
        for base in type(cause).__mro__
        if hasattr(django.db, base.__name__)
    )
    raised = error()
    raised.__cause__ = cause
    return raised


@pytest.mark.parametrize(
    "code",
    ["57P01", "57P02", "57P03", "08006", "40001", "40P01", "53200", "53300", "55P03", "58030"]
    + ["25P03", "25006"],
)
def test_a_server_that_is_not_available_is_a_fault(code: str) -> None:
    assert fault_of(of_server(code)) is Fault.AWAY


@pytest.mark.parametrize("code", ["42P01", "23505", "22021", "22P05", "54000", "54001", "25P02"])
def test_an_error_of_a_statement_or_its_data_is_none(code: str) -> None:
    assert fault_of(of_server(code)) is None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (of_server("53100"), Fault.FULL),
        (django.db.OperationalError("the connection is lost"), Fault.AWAY),
        (django.db.InterfaceError("the connection is closed"), Fault.AWAY),
        (django.db.DataError("out of range"), None),
        (redis.exceptions.ConnectionError(), Fault.AWAY),
        (redis.exceptions.BusyLoadingError(), Fault.AWAY),
        (redis.exceptions.OutOfMemoryError(), Fault.FULL),
        (redis.exceptions.ResponseError("MISCONF Errors writing to the AOF file"), Fault.FULL),
        (redis.exceptions.ResponseError("WRONGTYPE"), None),
        (OSError(errno.ENOSPC, "No space left on device"), Fault.FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), Fault.FULL),
        (OSError(errno.EROFS, "Read-only file system"), Fault.AWAY),
        (OSError("the bucket can't be reached"), Fault.AWAY),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Fault.AWAY),
        (FileNotFoundError(errno.ENOENT, "no such file"), None),
        (KeyError("x"), None),
    ],
)
def test_each_kind_of_error_is_told_apart(error: Exception, fault: Fault | None) -> None:
    assert fault_of(error) is fault
    refusal = refusal_after(error)
    expected = {Fault.AWAY: (503, "2"), Fault.FULL: (507, "10"), None: None}[fault]
    given = refusal and (refusal.http_status, refusal.headers["Retry-After"])
    assert given == expected


def logged(error: Exception) -> logging.LogRecord:
    info: Any = (type(error), error, None)
    record = logging.LogRecord("n", logging.ERROR, "p", 1, "It %s", ("failed",), info)
    assert WithoutTraceback().filter(record)
    return record


@pytest.mark.parametrize(
    ("error", "message", "keeps"),
    [
        (lambda: django.db.OperationalError("lost\n"), "It failed: lost", False),
        (lambda: KeyError("x"), "It failed", True),
    ],
)
def test_a_fault_is_logged_in_one_line(
    error: Callable[[], Exception], message: str, keeps: bool
) -> None:
    record = logged(error())
    assert record.getMessage() == message
    assert bool(record.exc_info) is keeps
