"""The receipts of this process's requests, kept up to date by one thread for all of them."""

import atexit
import logging
import time
from threading import Event, Lock, Thread

from django.db import Error as DatabaseFailure

from assistants_app.api.departures import Reached
from assistants_app.services import receipts
from assistants_app.services.receipts import Settled

logger = logging.getLogger(__name__)

TICK = 0.05  # seconds in which changes are collected
RENEWED_EVERY = 1.0  # seconds


class Keeper:
    """Renews the receipts of requests that take long, and writes down how the others ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._changed = Event()
        self._renewed: dict[int, float] = {}  # when each busy request's receipt was renewed last
        self._settled = Settled()
        self._thread: Thread | None = None

    def hold(self, receipt: int) -> None:
        """Renew the receipt until its response gets further."""
        with self._lock:
            self._renewed[receipt] = time.monotonic()
            if self._thread is None:
                self._thread = Thread(target=self._keep_for_ever, name="receipts", daemon=True)
                self._thread.start()
                atexit.register(self.write_down)
        self._changed.set()

    def settle(self, receipt: int, reached: Reached, *, answer: str = "") -> None:
        """Note how far the response got, and its body if repeated requests shall get it."""
        with self._lock:
            self._renewed.pop(receipt, None)
            _add(self._settled, receipt, reached, answer)
        self._changed.set()

    def write_down(self) -> None:
        """Write all changes to the database, or keep them for the next time."""
        with self._lock:
            settled, self._settled = self._settled, Settled()
            now = time.monotonic()
            settled.held = [
                receipt for receipt, at in self._renewed.items() if now - at >= RENEWED_EVERY
            ]
            self._renewed.update(dict.fromkeys(settled.held, now))
        if settled == Settled():
            return
        try:
            receipts.settle(settled)
        except DatabaseFailure as error:
            logger.warning("Couldn't update receipts, trying again: %s", error)
            with self._lock:
                self._settled = _joined(settled, self._settled)

    def _keep_for_ever(self) -> None:
        while True:
            # Without busy requests, there is nothing to renew and the thread sleeps.
            self._changed.wait(RENEWED_EVERY if self._renewed else None)
            self._changed.clear()
            time.sleep(TICK)
            self.write_down()


def settled_now(receipt: int, reached: Reached, *, answer: str = "") -> None:
    """Write down at once how far a response got, for servers that don't report it."""
    settled = Settled()
    _add(settled, receipt, reached, answer)
    receipts.settle(settled)


def _add(settled: Settled, receipt: int, reached: Reached, answer: str) -> None:
    ids = {
        Reached.BEGUN: settled.begun,
        Reached.LEFT: settled.over,
        Reached.BROKEN: settled.broken,
    }
    ids[reached].append(receipt)
    if answer:
        settled.answers[receipt] = answer


def _joined(first: Settled, second: Settled) -> Settled:
    return Settled(
        begun=first.begun + second.begun,
        broken=first.broken + second.broken,
        over=first.over + second.over,
        answers=first.answers | second.answers,
    )


keeper = Keeper()
