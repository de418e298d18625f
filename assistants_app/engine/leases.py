"""Holds the leases of all runs of this worker: one thread, one query per heartbeat.

The heartbeat also tells what became of a run meanwhile: cancelled by someone, expired, or lost to
another worker. Then the run's stop signal is set, which ends a model's stream wherever it stands.
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
class Hold:
    """A run in this worker's hands. `verdict`: why it has to stop, once `stop` is set."""

    run_id: str
    owner: str
    stop: StopSignal = field(default_factory=StopSignal)
    verdict: str = ""


class LeaseKeeper:
    """Keeps the holds of one worker process alive."""

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}
        self._lock = threading.Lock()
        self._busy = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def hold(self, run: Run) -> Iterator[Hold]:
        """Keep the run's lease until the block ends."""
        hold = Hold(run.id, run.lease_owner)
        with self._lock:
            self._holds[run.id] = hold
            self._busy.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)
                self._thread.start()
        try:
            yield hold
        finally:
            with self._lock:
                if self._holds.get(run.id) is hold:
                    del self._holds[run.id]
                if not self._holds:
                    self._busy.clear()

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            self._busy.wait()
            pause.wait(conf.HEARTBEAT_SECONDS)
            with self._lock:
                holds = dict(self._holds)
            if not holds:
                release_connection()
                continue
            try:
                self._judge(holds)
            except DatabaseError as error:
                # The lease may run out meanwhile; then the next write finds it lost.
                logger.warning("Heartbeat failed, trying again: %s", error)
                release_connection()

    def _judge(self, holds: dict[str, Hold]) -> None:
        statuses = renew_leases({run_id: hold.owner for run_id, hold in holds.items()})
        for run_id, hold in holds.items():
            verdict = {
                run_status.IN_PROGRESS: "",
                run_status.CANCELLING: run_status.CANCELLED,
                run_status.EXPIRED: run_status.EXPIRED,
            }.get(statuses.get(run_id, LOST), LOST)
            if verdict and not hold.verdict:
                hold.verdict = verdict
                hold.stop.set()


keeper = LeaseKeeper()
