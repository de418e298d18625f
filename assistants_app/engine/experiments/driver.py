"""Look after experiments: start their cells, and see what has become of those at work.

Nothing is kept in memory between two rounds. A round reads the rows, and each step that it takes is
a conditional UPDATE (`services/experiments/cells.py`). So it doesn't matter which worker makes a
round, or whether it is killed in the middle of one.
"""

import logging
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import Error as DatabaseFailure

from assistants_app import conf
from assistants_app.dispatch import dispatch_close_session
from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import ApiError, RunFailure
from assistants_app.domain.experiments import states
from assistants_app.domain.money.limits import Caller
from assistants_app.domain.rights import can
from assistants_app.engine.experiments import rests
from assistants_app.gateway.endpoints import endpoint_serving
from assistants_app.models import Experiment, ExperimentCell, Run
from assistants_app.providers.endpoint import Endpoint
from assistants_app.queries.experiments.driving import (
    cells_at_work,
    count_places,
    experiment_to_drive,
    has_cells_left,
    has_code,
    runs_of_cells,
    waiting_cells,
)
from assistants_app.queries.people.members import role_of
from assistants_app.queries.project.access import keys_allowed
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.budget import settle_run
from assistants_app.services.experiments.files import prepare_files
from assistants_app.services.experiments.payers import payer_of
from assistants_app.services.experiments.stopping import stop_run
from assistants_app.services.money.checks import require_money
from assistants_app.tools.checks.python import session_of

logger = logging.getLogger(__name__)

# Groups that are read at once: more than can begin in a round.
LOOKED_AT = 64
# Why an experiment doesn't go on by itself, and the act that lets it.
NO_KEY = "The API key that pays for it isn't valid any more. Resume it to go on in your name."
NO_PERSON = "Who pays for it may no longer run experiments here. Resume it to go on in your name."
RESUME = "resume_experiment"
# Seconds before another try without a word from the provider: 1, 2, 4, ..., up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


def drive(driver: str) -> bool:
    """Make a round over all experiments that this worker looks after.

    Return whether another round is soon worth it: something has happened, or cells are at work.
    """
    busy = False
    for experiment_id in steps.claim_experiments(driver):
        try:
            busy = _drive_one(experiment_id, driver) or busy
        except DatabaseFailure:
            raise
        except Exception:  # noqa: BLE001 - the experiment's boundary: the others go on
            logger.exception("Couldn't look after %s", experiment_id)
    return busy


def _drive_one(experiment_id: str, driver: str) -> bool:
    experiment = experiment_to_drive(experiment_id)
    if experiment is None:
        return False
    at_work = cells_at_work(experiment)
    if _make_round(experiment, at_work, driver):
        steps.tell_pages(experiment.project_id)
        return True
    return any(cell.state in states.AT_WORK for cell in at_work)


def _make_round(experiment: Experiment, at_work: Sequence[ExperimentCell], driver: str) -> bool:
    happened = _follow_all(experiment, at_work)
    if experiment.state == states.RUNNING:
        if _start(experiment, driver):
            return True
        if not has_cells_left(experiment):
            return _finish(experiment)
    elif experiment.state == states.PAUSED and not at_work:
        if not has_cells_left(experiment):
            return _finish(experiment)
        steps.leave_paused(experiment.pk, driver)
    return happened


def _finish(experiment: Experiment) -> bool:
    finished = steps.finish_if_done(experiment.pk)
    if finished and has_code(experiment):
        # Its checks shared a session of the sandbox, which would keep its memory for a while.
        dispatch_close_session(session_of(experiment.pk))
    return finished


def _follow_all(experiment: Experiment, cells: Sequence[ExperimentCell]) -> bool:
    runs = runs_of_cells(cells)
    followed = [
        _follow(experiment, cell, runs.get(cell.run_id))
        for cell in cells
        if cell.state != states.GRADING
    ]
    return any(followed)


def _follow(experiment: Experiment, cell: ExperimentCell, run: Run | None) -> bool:
    if run is None:
        settle_run(cell.run_id)
        message = "Its thread was deleted while it ran."
        return steps.end_without_result(cell, states.ERROR, "deleted", message)
    if experiment.state == states.CANCELLED:
        return _skip(cell, run)
    if cell.state == states.FOR_PERSON:
        return run.status != run_status.REQUIRES_ACTION and steps.go_on(cell)
    if run.status == run_status.REQUIRES_ACTION:
        return steps.wait_for_person(cell)
    if run.status not in run_status.TERMINAL:
        return False
    # A worker that was killed may have left a reservation.
    settle_run(run.pk)
    if run.status in (run_status.COMPLETED, run_status.INCOMPLETE):
        if len(cell.run_ids) < len(cell.row.content["turns"]):
            return steps.ask_next(cell, experiment)
        return steps.let_grade(cell)
    return _end_failed(cell, run)


def _skip(cell: ExperimentCell, run: Run) -> bool:
    if run.status not in run_status.TERMINAL:
        return stop_run(cell.experiment.project, run)
    settle_run(run.pk)
    message = "The experiment was cancelled."
    return steps.end_without_result(cell, states.SKIPPED, "cancelled", message)


def _end_failed(cell: ExperimentCell, run: Run) -> bool:
    failure = run.last_error or {}
    code = failure.get("code") or run.status
    message = failure.get("message") or _why(run)
    noted = (cell.error or {}).get("code")
    if noted == states.OVER_BUDGET:
        return steps.end_without_result(cell, states.OVER_BUDGET, noted, message)
    # Of workers that were lost, too many with the run: that says nothing about the assistant.
    was_lost = not cell.fault and run.attempts >= conf.RUN_ATTEMPTS
    passing = was_lost or (cell.fault and cell.retry_after is not None)
    if passing and cell.attempts < limits.EXPERIMENT_ATTEMPTS:
        asked = cell.retry_after or 0.0
        if asked:
            rests.let_rest(_base_url(cell), asked)
        pause = max(asked, _pause(cell.attempts))
        return steps.try_again(cell, pause, {"code": code, "message": message})
    return steps.end_without_result(cell, states.ERROR, code, message)


def _why(run: Run) -> str:
    if run.status == run_status.EXPIRED:
        return "The run took too long and expired."
    return "The run was cancelled."


def _pause(attempts: int) -> float:
    return float(min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE))


def _base_url(cell: ExperimentCell) -> str:
    return endpoint_serving(cell.experiment.project_id, cell.variant.model).base_url


def _start(experiment: Experiment, driver: str) -> int:
    endpoints = _endpoints_of(experiment)
    full = _places(experiment, endpoints.values())
    free = full - count_places(experiment)
    waiting = waiting_cells(experiment, limit=LOOKED_AT) if free > 0 else []
    if not waiting:
        return 0
    resting = {model for model, one in endpoints.items() if rests.is_resting(one.base_url)}
    started = 0
    for group in _groups(waiting):
        # All variants of a row begin together, so that they run under the same conditions.
        if len(group) > free and free < full or not _may_begin(experiment, group):
            break
        rests_now = any(cell.variant.model in resting for cell in group)
        if not rests_now and _has_files(experiment, group):
            begun = steps.begin_cells(experiment.pk, driver, [cell.pk for cell in group[:free]])
            started, free = started + begun, free - begun
        if free <= 0:
            break
    return started


def _endpoints_of(experiment: Experiment) -> dict[str, Endpoint]:
    """Return the endpoints of the variants' models. Without one, a run says so itself."""
    found = {}
    for model in {variant.model for variant in experiment.variants.all()}:
        try:
            found[model] = endpoint_serving(experiment.project_id, model)
        except RunFailure as failure:
            logger.debug("No endpoint for %s: %s", model, failure.message)
    return found


def _places(experiment: Experiment, endpoints: Iterable[Endpoint]) -> int:
    """Return how many cells may be at work at once."""
    # The bundled model answers one after the other, and people wait in the same line.
    return 1 if any(endpoint.demo for endpoint in endpoints) else experiment.at_once


def _groups(waiting: Sequence[ExperimentCell]) -> list[list[ExperimentCell]]:
    found = [
        list(group) for _, group in groupby(waiting, key=lambda cell: (cell.row_id, cell.repeat))
    ]
    # The last one may go on beyond what was read.
    return found[:-1] if len(waiting) == LOOKED_AT and len(found) > 1 else found


def _may_begin(experiment: Experiment, cells: Sequence[ExperimentCell]) -> bool:
    """Return whether who is charged for the cells may run them. If not, pause the experiment."""
    for payer in {payer_of(experiment, cell) for cell in cells}:
        if reason := _why_not(experiment, payer):
            steps.pause_for(experiment.pk, reason)
            return False
    return True


def _why_not(experiment: Experiment, payer: Caller) -> str:
    # A personal key ends with its person's membership.
    if payer.key_id:
        if not keys_allowed([payer.key_id]):
            return NO_KEY
    elif payer.person_id and not can(role_of(experiment.project, payer.person_id), RESUME):
        return NO_PERSON
    try:
        require_money(experiment.project_id, payer)
    except ApiError as error:
        return error.message
    return ""


def _has_files(experiment: Experiment, cells: Sequence[ExperimentCell]) -> bool:
    try:
        return prepare_files(experiment, cells[0].row)
    except ApiError as error:
        for cell in cells:
            steps.end_without_result(cell, states.ERROR, "missing_file", error.message)
        return False
