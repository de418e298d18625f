"""Keep the leases of this worker's runs, with one thread and one query per heartbeat.

The heartbeat's answer also shows which runs were cancelled, have expired or were taken over by
another worker, so nothing else has to watch for that (docs/adr/0002).
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import DatabaseError

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.models import Run
from assistants_app.providers.chat import StopSignal
from assistants_app.queries.connections import release_connection
from assistants_app.services.runs.held import renew_leases

logger = logging.getLogger(__name__)

LOST = "lost"


@dataclass(slots=True)
class Lease:
    """A worker's right to write to a run.

    Once `stop` is set, `stop_reason` is the status in which the run has to end, or ``LOST`` if
    another worker has taken it over.
    """

    run_id: str
    owner: str
    stop: StopSignal = field(default_factory=StopSignal)
    stop_reason: str = ""


class LeaseKeeper:
    """Renews the leases of one worker process."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        self._lock = threading.Lock()
        self._has_leases = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def keep(self, run: Run) -> Iterator[Lease]:
        """Renew the run's lease until the block ends."""
        lease = Lease(run.id, run.lease_owner)
        with self._lock:
            self._leases[run.id] = lease
            self._has_leases.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)
                self._thread.start()
        try:
            yield lease
        finally:
            with self._lock:
                # The run may be held again by now, by another thread of this process.
                if self._leases.get(run.id) is lease:
                    del self._leases[run.id]
                if not self._leases:
                    self._has_leases.clear()

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            # An idle worker asks the database nothing.
            self._has_leases.wait()
            pause.wait(conf.HEARTBEAT_SECONDS)
            with self._lock:
                leases = dict(self._leases)
            if not leases:
                release_connection()
                continue
            try:
                self._renew(leases)
            except DatabaseError as error:
                # If the lease expires meanwhile, the run's next write raises LeaseLost.
                logger.warning("Heartbeat failed; trying again: %s", error)
                release_connection()

    def _renew(self, leases: dict[str, Lease]) -> None:
        statuses = renew_leases({run_id: lease.owner for run_id, lease in leases.items()})
        for run_id, lease in leases.items():
            stop_reason = {
                run_status.IN_PROGRESS: "",
                run_status.CANCELLING: run_status.CANCELLED,
                run_status.EXPIRED: run_status.EXPIRED,
            }.get(statuses.get(run_id, LOST), LOST)
            if stop_reason and not lease.stop_reason:
                # The signal also interrupts a read from the model, so that a run stops within a
                # heartbeat even if the model says nothing.
                lease.stop_reason = stop_reason
                lease.stop.set()


lease_keeper = LeaseKeeper()
