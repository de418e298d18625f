"""Work of a run that is done again after a fault of the database, such as a restart."""

import logging
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.db import Error as DatabaseFailure
from django.db.models import Model

from assistants_app import conf
from assistants_app.domain.errors import PlaygroundError
from assistants_app.faults import fault_of
from assistants_app.models import Run
from assistants_app.services.publishing import Publication, noting_publications

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5  # seconds

_leaving = threading.Event()


class LeaseLost(PlaygroundError):
    """Raised when the worker no longer holds the run, and must not write to it."""


def stop_trying() -> None:
    """Make all work fail that waits for the end of a fault, because the process is about to end."""
    _leaving.set()


def persistently(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the call returns, and repeat it while a fault of the database prevents that.

    It must do no harm to call it twice. Raises the fault's error after `WRITE_PATIENCE`.
    """
    patience = _Patience()
    while True:
        try:
            return read(*args, **kwargs)
        except DatabaseFailure as error:
            patience.wait_after(error)


def persistent(write: Callable[P, T]) -> Callable[P, T]:
    """Decorate a transaction of the worker that holds a run, so that it's repeated after a fault.

    The rows among its arguments are as before when it's repeated. A transaction whose commit was
    interrupted may have been committed: one that releases the run's lease is not repeated then, and
    the others must do no harm when they are.
    """

    @wraps(write)
    def carried_out(*args: P.args, **kwargs: P.kwargs) -> T:
        attempt: _Attempt | None = None
        patience = _Patience()
        while True:
            rows = [row for row in kwargs.values() if isinstance(row, Model)]
            before = [row.__dict__.copy() for row in rows]
            with noting_publications() as publications:
                try:
                    return write(*args, **kwargs)
                except LeaseLost:
                    if attempt is None or not persistently(attempt.has_released_lease):
                        raise
                    attempt.complete()
                    return cast(T, None)  # what all of them return that release the lease
                except DatabaseFailure as error:
                    patience.wait_after(error)
                    attempt = _Attempt(rows, publications)
            for row, values in zip(rows, before, strict=True):
                _set_all(row, values)

    return carried_out


class _Patience:
    # How long a piece of work is repeated.
    def __init__(self) -> None:
        self._until = 0.0
        self._pause = FIRST_PAUSE

    def wait_after(self, error: DatabaseFailure) -> None:
        """Wait for the next attempt. Raises `error` again if it isn't a fault, or after a while."""
        now = time.monotonic()
        self._until = self._until or now + conf.WRITE_PATIENCE
        if fault_of(error) is None or now >= self._until:
            raise error
        logger.warning("Trying again after a fault of the database: %s", str(error).strip())
        if _leaving.wait(self._pause):
            raise error
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


class _Attempt:
    # What a transaction has done to its rows, if it was committed.
    def __init__(self, rows: list[Model], publications: list[Publication]) -> None:
        self._rows = [(row, row.__dict__.copy()) for row in rows]
        self._publications = publications

    def has_released_lease(self) -> bool:
        """Return whether the run is in the state in which this attempt has left it."""
        runs = [values for row, values in self._rows if isinstance(row, Run)]
        if not runs or runs[0]["lease_owner"]:
            return False
        # Another worker that took the run over has counted one more attempt.
        found = Run.objects.filter(pk=runs[0]["id"], lease_owner="")
        state = found.values_list("status", "attempts").first()
        return state == (runs[0]["status"], runs[0]["attempts"])

    def complete(self) -> None:
        """Do what follows the commit."""
        for row, values in self._rows:
            _set_all(row, values)
        for publish in self._publications:
            publish()


def _set_all(row: Model, values: dict[str, Any]) -> None:
    row.__dict__.clear()
    row.__dict__.update(values)
