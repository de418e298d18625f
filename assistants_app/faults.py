"""Faults of what the server depends on: the database, Redis, and the disks.

A fault is nobody's mistake. The same work succeeds when it is done again later, so a fault never
ends a run, a file's indexing or a thread of the server.
"""

import errno
import logging
from enum import Enum

import redis.exceptions
from django.db import Error as DatabaseFailure
from django.db import InterfaceError, OperationalError

from assistants_app.domain.errors import ApiError, NoSpace, Unavailable


class Fault(Enum):
    """What is wrong."""

    AWAY = "can't be reached"
    FULL = "has no space left"


# Classes and single codes of PostgreSQL's errors that don't come from the statement: connections,
# conflicts with other transactions, resources, locks, operators and the operating system. Class 54
# isn't among them, although psycopg calls it operational: such a text is always too long.
_CLASSES = {"08", "40", "53", "55", "57", "58"}
# A transaction that was idle for too long, and a server that has become a replica.
_CODES = {"25P03", "25006"}
_DISK_FULL = "53100"

_FULL_DISK = {errno.ENOSPC, errno.EDQUOT}
_BROKEN_DISK = {errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, None}  # S3 has no number

_REDIS_AWAY = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    redis.exceptions.ReadOnlyError,
)
# Redis can't save its data, so it refuses writes.
_CANNOT_SAVE = "MISCONF"


def fault_of(error: BaseException) -> Fault | None:
    """Return the fault behind an error, or None if the error is one of the program or its input."""
    if isinstance(error, DatabaseFailure):
        return _of_database(error)
    if isinstance(error, redis.exceptions.RedisError):
        return _of_redis(error)
    if isinstance(error, OSError):
        return _of_system(error)
    return None


def refusal_after(error: BaseException) -> ApiError | None:
    """Return what a client gets if a fault has caused this error, or None if none has."""
    fault = fault_of(error)
    if fault is None:
        return None
    return NoSpace() if fault is Fault.FULL else Unavailable()


class WithoutTraceback(logging.Filter):
    """Logs a fault in one line: while it lasts, each request and sweep would log a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Accept the record, and shorten it if it reports a fault."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and fault_of(error):
            record.msg, record.args = f"{record.getMessage()}: {str(error).strip()}", ()
            record.exc_info = record.exc_text = None
        return True


def _of_database(error: DatabaseFailure) -> Fault | None:
    code = getattr(error.__cause__, "sqlstate", None)
    if code is None:
        # The connection was lost or couldn't be opened, so no server has given a code.
        is_away = isinstance(error, OperationalError | InterfaceError)
        return Fault.AWAY if is_away else None
    if code == _DISK_FULL:
        return Fault.FULL
    return Fault.AWAY if code[:2] in _CLASSES or code in _CODES else None


def _of_redis(error: redis.exceptions.RedisError) -> Fault | None:
    if isinstance(error, redis.exceptions.OutOfMemoryError) or _CANNOT_SAVE in str(error):
        return Fault.FULL
    return Fault.AWAY if isinstance(error, _REDIS_AWAY) else None


def _of_system(error: OSError) -> Fault | None:
    if error.errno in _FULL_DISK:
        return Fault.FULL
    is_away = isinstance(error, ConnectionError | TimeoutError) or error.errno in _BROKEN_DISK
    return Fault.AWAY if is_away else None
