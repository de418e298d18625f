"""The runs of this worker process, all on one event loop.

A task only hands over the id of its run. Runs begin in turns between projects, a few at a time, so
that a flood of one project's runs delays the others by a few runs and not by the flood. Runs of
experiments start after those that people and programs wait for.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from django.db import Error as DatabaseFailure

from assistants_app import conf
from assistants_app.domain.configurations.origins import EXPERIMENT
from assistants_app.engine import runner
from assistants_app.engine.leases import lease_keeper
from assistants_app.engine.worker.watchdog import Watchdog
from assistants_app.event_loop import process_loop
from assistants_app.events.cancels import follow_cancels
from assistants_app.queries.runs.runs import sources_of_runs
from assistants_app.services.runs.persistence import persistently
from assistants_app.tools.hops import services
from assistants_app.turns import FairQueue

logger = logging.getLogger(__name__)

# Runs that are between their claim and the request to their model at once. More would only wait for
# the same threads and processors, in an order that nobody chose (docs/adr/0022).
STARTING_AT_ONCE = 4
# Further places, as a share of the others, for projects that have few runs.
RESERVE = 0.1
# Seconds that abandoned runs get to close the connections to their models.
LAST_SECONDS = 1.0


def _reserve() -> int:
    return int(conf.RUNS_PER_WORKER * RESERVE)


class WorkerRuns:
    """Accepts runs from the worker's tasks, and carries out up to ``RUNS_PER_WORKER`` at once.

    As many again may wait. Beyond that, :meth:`accept` blocks, and the next tasks are left to other
    workers.
    """

    def __init__(self) -> None:
        # All but these two belong to the event loop.
        self._accepted: set[str] = set()
        self._changed = threading.Condition()
        self._is_closed = False
        self._again: set[str] = set()
        self._waiting: set[str] = set()  # in one of the next two
        self._unsorted: deque[str] = deque()
        self._queue = FairQueue[str]()
        # Runs of experiments, which nobody waits for: they start when no other run waits.
        self._later = FairQueue[str]()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._starting: set[str] = set()
        self._sorting: asyncio.Task[None] | None = None
        self._watchdog: Watchdog | None = None
        self._following: asyncio.Task[None] | None = None

    def accept(self, run_id: str) -> bool:
        """Take on a run, once there is room for it. Return whether it was accepted.

        It is not if the worker is shutting down. Must not be called on the event loop.
        """
        with self._changed:
            while not self._is_closed and len(self._accepted) >= 2 * conf.RUNS_PER_WORKER:
                # With a timeout, so that a signal's handler can run.
                self._changed.wait(0.5)
            if self._is_closed:
                return False
            self._accepted.add(run_id)
        process_loop.loop.call_soon_threadsafe(self._arrive, run_id)
        return True

    def close(self) -> None:
        """Accept no more runs. Can be called in a signal's handler."""
        self._is_closed = True

    def drain(self, seconds: float) -> list[str]:
        """Wait for the runs that have begun, and return the ids of those that never did.

        Runs that take longer are left to other workers, which take them when their leases expire.
        """
        self.close()
        if self._watchdog is None:
            return []  # without a single run
        waiting = process_loop.submit(self._give_back()).result()
        until = time.monotonic() + seconds
        self._wait_for_end(until)
        if self._accepted:
            logger.warning("Left %d unfinished runs to other workers.", len(self._accepted))
            process_loop.loop.call_soon_threadsafe(lease_keeper.abandon_all)
            self._wait_for_end(time.monotonic() + LAST_SECONDS)
        if self._following is not None:
            process_loop.loop.call_soon_threadsafe(self._following.cancel)
        return waiting

    def _wait_for_end(self, until: float) -> None:
        with self._changed:
            while self._accepted and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)

    async def _give_back(self) -> list[str]:
        if self._sorting is not None:
            await self._sorting
        waiting = self._queue.clear() + self._later.clear() + list(self._unsorted)
        self._unsorted.clear()
        self._waiting.clear()
        self._again.clear()
        self._forget(waiting)
        return waiting

    def _forget(self, run_ids: list[str]) -> None:
        with self._changed:
            self._accepted.difference_update(run_ids)
            self._changed.notify_all()

    def _arrive(self, run_id: str) -> None:
        self._prepare_loop()
        if run_id in self._running:
            # It may have just released the run, whose next task this is. To claim it twice does no
            # harm, but to drop the task would leave the run to the sweeper.
            self._again.add(run_id)
        elif run_id not in self._waiting:
            # It may have ended since it was accepted.
            with self._changed:
                self._accepted.add(run_id)
            self._let_wait(run_id)
            self._start_next()

    def _let_wait(self, run_id: str) -> None:
        self._waiting.add(run_id)
        self._unsorted.append(run_id)

    def _prepare_loop(self) -> None:
        if self._watchdog is None:
            self._watchdog = Watchdog(process_loop.loop, process_loop.thread_id)
            self._following = asyncio.create_task(follow_cancels(lease_keeper.cancel))
        self._watchdog.switch(on=True)

    def _start_next(self) -> None:
        if self._is_closed:
            return
        # Without a queue there is nothing to sort, and no query to wait for.
        queued = self._queue or self._later
        while self._unsorted and not queued and self._has_place() and self._is_quiet():
            self._start(self._unsorted.popleft())
        if self._unsorted and (self._sorting is None or self._sorting.done()):
            self._sorting = asyncio.create_task(self._sort())
        while (self._queue or self._later) and self._has_place():
            run_id = self._take_next()
            if run_id is None:
                return
            self._start(run_id)

    def _take_next(self) -> str | None:
        if len(self._running) < conf.RUNS_PER_WORKER:
            return self._take(lambda project_id: True)
        if self._starting:
            return None  # until it is known whose runs they are
        held = lease_keeper.runs_of_projects()
        return self._take(lambda project_id: held[project_id] < _reserve())

    def _take(self, may_start: Callable[[str], bool]) -> str | None:
        return self._queue.take(may_start) or self._later.take(may_start)

    def _has_place(self) -> bool:
        places = conf.RUNS_PER_WORKER + _reserve()
        return len(self._running) < places and len(self._starting) < STARTING_AT_ONCE

    def _is_quiet(self) -> bool:
        # The reserve depends on a run's project, which isn't known before its claim.
        return len(self._running) < conf.RUNS_PER_WORKER

    async def _sort(self) -> None:
        while self._unsorted:
            arrived, self._unsorted = list(self._unsorted), deque()
            try:
                found = await services(persistently, sources_of_runs, arrived)
            except DatabaseFailure as error:
                # They are still queued in the database, and the sweeper sends them again.
                logger.warning("Couldn't look up %d runs: %s", len(arrived), error)
                found = {}
            for run_id in arrived:
                if run_id in found:
                    project_id, origin = found[run_id]
                    queue = self._later if origin == EXPERIMENT else self._queue
                    queue.add(project_id, run_id)
            # The others were deleted meanwhile.
            gone = [run_id for run_id in arrived if run_id not in found]
            self._waiting.difference_update(gone)
            self._forget(gone)
            self._start_next()

    def _start(self, run_id: str) -> None:
        self._waiting.discard(run_id)
        self._starting.add(run_id)
        task = asyncio.create_task(self._execute(run_id), name=run_id)
        self._running[run_id] = task

    async def _execute(self, run_id: str) -> None:
        try:
            await runner.execute(run_id, started=lambda: self._has_started(run_id))
        except Exception:  # noqa: BLE001 - the run boundary: the lease expires, and the run goes on
            logger.exception("Lost %s", run_id)
        finally:
            self._starting.discard(run_id)
            del self._running[run_id]
            if run_id in self._again and not self._is_closed:
                self._again.discard(run_id)
                self._let_wait(run_id)
            else:
                self._forget([run_id])
            self._start_next()
            if not self._running and self._watchdog:
                self._watchdog.switch(on=False)

    def _has_started(self, run_id: str) -> None:
        if run_id in self._starting:
            self._starting.discard(run_id)
            self._start_next()


worker_runs = WorkerRuns()
