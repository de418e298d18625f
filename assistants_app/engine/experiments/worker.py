"""What a worker does for experiments beside their runs: look after them, and grade replies."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

from assistants_app.engine.experiments.driver import drive
from assistants_app.engine.experiments.grading import grade_cell
from assistants_app.models import ExperimentCell
from assistants_app.providers.chat import StopSignal
from assistants_app.services.experiments import cells as steps

logger = logging.getLogger(__name__)

# Cells that a worker grades at once. Most of the time they wait for judges and the sandbox.
GRADED_AT_ONCE = 8
# Seconds between two rounds while cells are at work. Without any, a round is made each second.
PAUSE = 0.2
RENEWED_EVERY = 3.0
# Seconds for which a worker that ends waits for the grades that it has begun.
LAST_SECONDS = 2.0


class ExperimentWorker:
    """Looks after experiments and grades cells in one process. Any number may do so at once."""

    def __init__(self, grade: Callable[[ExperimentCell, StopSignal], None] = grade_cell) -> None:
        self._token = secrets.token_hex(8)
        self._grade = grade
        self._stop = StopSignal()
        self._changed = threading.Condition()
        self._grading: dict[str, ExperimentCell] = {}
        self._renewed_at = 0.0

    @property
    def name(self) -> str:
        """The name under which this process claims experiments and cells."""
        # With its number, since workers may be forked from a process that has imported this.
        return f"{socket.gethostname()[:30]}:{os.getpid()}:{self._token}"

    def work(self) -> None:
        """Make rounds until no cell of an experiment is at work."""
        while not self._stop.is_set():
            busy = drive(self.name)
            self.grade_waiting()
            if not busy and not self._grading:
                return
            self._stop.wait(PAUSE)

    def grade_waiting(self) -> int:
        """Begin to grade cells that wait, as far as there is room. Return how many began."""
        with self._changed:
            room = GRADED_AT_ONCE - len(self._grading)
            mine = list(self._grading)
        if mine and time.monotonic() - self._renewed_at > RENEWED_EVERY:
            steps.renew_grading(self.name, mine)
            self._renewed_at = time.monotonic()
        cells = steps.claim_grading(self.name, limit=room) if room > 0 else []
        for cell in cells:
            with self._changed:
                self._grading[cell.pk] = cell
            threading.Thread(
                target=self._grade_one, args=(cell,), name=f"grade-{cell.pk}", daemon=True
            ).start()
        return len(cells)

    def _grade_one(self, cell: ExperimentCell) -> None:
        try:
            self._grade(cell, self._stop)
        finally:
            with self._changed:
                self._grading.pop(cell.pk, None)
                self._changed.notify_all()

    def close(self) -> None:
        """Begin nothing more, and give back the cells that are being graded."""
        self._stop.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._grading, LAST_SECONDS)


experiment_worker = ExperimentWorker()
"""That of this process."""
