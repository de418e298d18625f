"""Wait for the end of an experiment that the site's workers carry out, and report its progress."""

from collections.abc import Callable
from math import ceil
from time import monotonic, sleep

from django.db import InterfaceError, OperationalError, connection

from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, Project
from assistants_app.models.experiments.snapshots import Progress
from assistants_app.queries.experiments.experiments import get_experiment, progress_of

LOOK_EVERY = 1.0
# A worker begins within a second or two, unless it has other things to do.
HINT_AFTER = 30.0
# A database that restarts is back after seconds.
PATIENCE = 60.0

Say = Callable[[str], None]


class TooLate(Exception):
    """Raised when the experiment takes longer than somebody wants to wait."""


class Watch:
    """Waits for one experiment. `say` gets a line for each tenth of it, and for what stops it."""

    def __init__(self, project: Project, experiment_id: str, say: Say) -> None:
        self._project, self._id, self._say = project, experiment_id, say
        self._began = monotonic()
        self._tenths = 0
        self._said: set[str] = set()

    def wait(self, *, seconds: float | None = None) -> Experiment:
        """Return the experiment when it is over, or paused because a limit was reached.

        Raises :class:`TooLate` after `seconds`, and :class:`NotFound` if it was deleted.
        """
        lost_at: float | None = None
        while True:
            try:
                experiment = get_experiment(self._project, self._id)
                progress = progress_of(experiment)
                lost_at = None
            except (OperationalError, InterfaceError):
                lost_at = lost_at or monotonic()
                if monotonic() - lost_at > PATIENCE:
                    raise
                connection.close()
            else:
                self._report(progress)
                if experiment.state in states.OVER or experiment.pause_reason:
                    return experiment
            if seconds is not None and self._waited > seconds:
                raise TooLate
            sleep(LOOK_EVERY)

    @property
    def _waited(self) -> float:
        return monotonic() - self._began

    def _report(self, progress: Progress) -> None:
        tenths = int(10 * progress.share)
        if tenths > self._tenths:
            self._tenths = tenths
            self._say(f"{progress.ended:,} of {progress.cells:,} cells have ended{_left(progress)}")
        if progress.experiment.state == states.PAUSED and not progress.experiment.pause_reason:
            self._say_once("Somebody has paused the experiment. Waiting until it is resumed.")
        counts = progress.counts
        if counts[states.FOR_PERSON] and not any(
            counts[state] for state in (states.WAITING, *states.AT_WORK)
        ):
            self._say_once(
                f"{counts[states.FOR_PERSON]:,} cells wait for outputs of functions. Submit them "
                "to their runs, or give the functions or rows mocks."
            )
        if counts[states.WAITING] == progress.cells and self._waited > HINT_AFTER:
            self._say_once(
                "No cell has begun yet. The workers of the site carry experiments out: check that "
                "it is running."
            )

    def _say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(line)


def _left(progress: Progress) -> str:
    if progress.seconds_left is None or progress.ended == progress.cells:
        return "."
    seconds = ceil(progress.seconds_left)
    return f", about {seconds // 60} min {seconds % 60} s left." if seconds else "."
