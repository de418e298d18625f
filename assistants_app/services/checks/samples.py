"""Samples of recorded runs, for their checks."""

from collections.abc import Sequence

from assistants_app.domain.checks.sample import Sample
from assistants_app.models import Run
from assistants_app.queries.checks.graded_runs import graded_runs
from assistants_app.wire.checks.samples import sample_of


def sample_of_runs(runs: Sequence[Run]) -> Sample:
    """Return what checks look at of runs of one thread: all of them for checks of the thread, or
    one of them for checks of a turn.
    """
    return sample_of(graded_runs(runs))
