"""Carry experiments of tests out in this process, as workers do."""

from assistants_app.engine.experiments import grading
from assistants_app.engine.experiments.driver import drive
from assistants_app.models import Experiment, ExperimentCell, Run
from assistants_app.providers.chat import StopSignal
from assistants_app.services.experiments import cells as steps
from tests.engine.carrying_out import execute

DRIVER = "tests:1"
MOST_ROUNDS = 200


def queued(experiment: Experiment) -> list[str]:
    """Return the runs of the experiment that wait for a worker, oldest first."""
    runs = Run.objects.filter(project=experiment.project, origin="experiment", status="queued")
    return list(runs.order_by("pk").values_list("pk", flat=True))


def make_round(experiment: Experiment, *, runs: bool = True) -> bool:
    """Make a round, carry out the runs that it has started, and grade. Return whether any work
    was done.
    """
    drive(DRIVER)
    waiting = queued(experiment) if runs else []
    for run_id in waiting:
        execute(run_id)
    # Those that wait for the baseline's reply are looked at again after a moment.
    ExperimentCell.objects.filter(grader="").update(graded_until=None)
    graded = steps.claim_grading(DRIVER, limit=100)
    for cell in graded:
        grading.grade_cell(cell, StopSignal())
    return bool(waiting or graded)


def carry_out(experiment: Experiment) -> Experiment:
    """Make rounds until nothing happens any more, and return the experiment as it is then."""
    idle = 0
    for _ in range(MOST_ROUNDS):
        idle = 0 if make_round(experiment) else idle + 1
        # One round starts what the round before has freed, and another one finds that it's over.
        if idle == 3:
            break
    experiment.refresh_from_db()
    return experiment
