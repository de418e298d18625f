"""Keep the leases of this worker's runs, with one task and one query per heartbeat.

The heartbeat's answer also shows which runs were cancelled, have expired or were taken over by
another worker, so nothing else has to watch for that (docs/adr/0002). A cancelled run is noticed
earlier, because the cancel is published to the workers too.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import Error as DatabaseFailure

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.models import Run
from assistants_app.providers.chat import StopSignal
from assistants_app.services.runs.held import renew_leases
from assistants_app.services.runs.persistence import LeaseLost
from assistants_app.tools import hops

logger = logging.getLogger(__name__)

LOST = "lost"
RETRY_SECONDS = 0.2  # after a heartbeat that failed
# A run that this worker has just ended has no owner in the database, but its thread may not have
# noted that yet.
DOUBT_SECONDS = 1.0
_STOP_REASONS = {
    run_status.IN_PROGRESS: "",
    run_status.CANCELLING: run_status.CANCELLED,
    run_status.EXPIRED: run_status.EXPIRED,
}


@dataclass(slots=True)
class Lease:
    """A worker's right to write to a run.

    Once `stop` is set, `stop_reason` is the status in which the run has to end, or ``LOST`` if
    another worker has taken it over.
    """

    run: Run
    owner: str
    task: "asyncio.Task[Any]"
    stop: StopSignal = field(default_factory=StopSignal)
    stop_reason: str = ""

    def end(self, reason: str) -> None:
        """Make the run end for this reason, unless it is ending for another one."""
        if self.stop_reason == LOST or self.stop_reason == reason:
            return
        if reason == LOST:
            self.stop_reason = LOST
            # Wherever the run is, it goes no further, because it must not write.
            self.task.cancel()
        self.stop_reason = self.stop_reason or reason
        # The signal also interrupts a read from the model, and built-in tools in their threads.
        self.stop.set()


class LeaseKeeper:
    """Renews the leases of one worker process, on its event loop."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        self._beating: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def keep(self, run: Run) -> AsyncIterator[Lease]:
        """Renew the run's lease until the block ends.

        If the lease is lost, cancel the block and raise :class:`LeaseLost`.
        """
        task = asyncio.current_task()
        assert task is not None, "a lease is kept for a task"
        lease = Lease(run, run.lease_owner, task)
        self._leases[run.id] = lease
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat(), name="heartbeat")
        try:
            yield lease
        except asyncio.CancelledError:
            if lease.stop_reason == LOST:
                task.uncancel()
                raise LeaseLost from None
            raise
        finally:
            # The run may be held again by now, by another task of this process.
            if self._leases.get(run.id) is lease:
                del self._leases[run.id]

    def cancel(self, run_id: str) -> None:
        """End a run that was cancelled, if this worker holds it."""
        if lease := self._leases.get(run_id):
            lease.end(run_status.CANCELLED)

    def abandon_all(self) -> None:
        """End the tasks of all runs without another write, and leave the runs to other workers."""
        for lease in list(self._leases.values()):
            lease.end(LOST)

    def runs_of_projects(self) -> Counter[str]:
        """Return how many runs this worker holds, by project."""
        return Counter(lease.run.project_id for lease in self._leases.values())

    async def _beat(self) -> None:
        # Ends with the last lease: an idle worker asks the database nothing.
        pause = conf.HEARTBEAT_SECONDS
        while self._leases:
            await asyncio.sleep(pause)
            leases = dict(self._leases)
            if not leases:
                return
            try:
                await self._renew(leases)
                pause = conf.HEARTBEAT_SECONDS
            except DatabaseFailure as error:
                # If the lease expires meanwhile, the run's next write raises LeaseLost. Soon, to be
                # faster than the sweepers when the database is back.
                pause = min(RETRY_SECONDS, conf.HEARTBEAT_SECONDS)
                logger.warning("Heartbeat failed; trying again: %s", error)

    async def _renew(self, leases: dict[str, Lease]) -> None:
        owners = {run_id: lease.owner for run_id, lease in leases.items()}
        statuses = await hops.leases(renew_leases, owners)
        reasons = {run_id: _STOP_REASONS.get(statuses.get(run_id, LOST), LOST) for run_id in leases}
        if LOST in reasons.values():
            await asyncio.sleep(DOUBT_SECONDS)
        for run_id, lease in leases.items():
            still_held = self._leases.get(run_id) is lease and lease.run.lease_owner
            if reasons[run_id] and still_held:
                lease.end(reasons[run_id])


lease_keeper = LeaseKeeper()
