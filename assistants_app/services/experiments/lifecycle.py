"""Start, pause, resume, cancel, rename and delete experiments.

Workers look after experiments that run (`engine/experiments/`), so that none of these has to tell
them anything.
"""

from decimal import Decimal

from django.db.models.functions import Now
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.experiments import states
from assistants_app.domain.people.names import is_same_name
from assistants_app.models import Experiment, ExperimentCell, Project
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.experiments.verdicts import store_verdicts
from assistants_app.services.money.checks import current_caller, require_means
from assistants_app.services.people.texts import checked_text
from assistants_app.services.space import require_space


def lock_experiment(project: Project, experiment_id: str) -> Experiment:
    """Lock the experiment. Raises :class:`NotFound`."""
    rows = Experiment.objects.select_for_update(no_key=True)
    experiment = rows.filter(project=project, pk=experiment_id, deleted_at=None).first()
    if experiment is None:
        raise NotFound("experiment", experiment_id)
    experiment.project = project
    return experiment


@act(require_space, require_means)
def start_experiment(*, project: Project, experiment_id: str) -> Experiment:
    """Let workers carry the experiment out.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for one that was started before.
    """
    experiment = lock_experiment(project, experiment_id)
    _require_state(experiment, (states.READY,), "was started before")
    start(experiment)
    return experiment


@act()
def pause_experiment(*, project: Project, experiment_id: str) -> Experiment:
    """Start no more cells. Those at work go on to their end.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for one that isn't running.
    """
    experiment = lock_experiment(project, experiment_id)
    _require_state(experiment, (states.RUNNING,), "isn't running")
    halt(experiment)
    return experiment


@act(require_space, require_means)
def resume_experiment(*, project: Project, experiment_id: str) -> Experiment:
    """Go on with a paused experiment.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for one that isn't paused.
    """
    experiment = lock_experiment(project, experiment_id)
    _require_state(experiment, (states.PAUSED,), "isn't paused")
    let_run(experiment)
    return experiment


@act()
def cancel_experiment(*, project: Project, experiment_id: str) -> Experiment:
    """End the experiment. Cells that wait are skipped, and workers stop the runs of the others.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for one that has ended.
    """
    experiment = lock_experiment(project, experiment_id)
    _require_state(experiment, (states.READY, states.RUNNING, states.PAUSED), "has ended already")
    _stop_clock(experiment)
    experiment.state, experiment.pause_reason = states.CANCELLED, ""
    experiment.finished_at = timezone.now()
    experiment.save(
        update_fields=["state", "pause_reason", "finished_at", "ran_seconds", "resumed_at"]
    )
    waiting = ExperimentCell.objects.filter(experiment=experiment, state=states.WAITING)
    waiting.update(state=states.SKIPPED, changed_at=Now(), ended_at=Now())
    return experiment


@act(require_space, require_means)
def retry_cells(
    *, project: Project, experiment_id: str, cell_ids: frozenset[str] | None = None
) -> int:
    """Run cells once more that have no result, all or these. Return their number.

    An experiment that is done runs again. Their results are as good as those of other cells, since
    nobody has seen another result of them. Raises :class:`NotFound`, and :class:`InvalidRequest` if
    there are none.
    """
    experiment = lock_experiment(project, experiment_id)
    _require_state(experiment, (states.RUNNING, states.PAUSED, *states.OVER), "hasn't been started")
    cells = ExperimentCell.objects.filter(experiment=experiment, state__in=states.RETRIED)
    if cell_ids is not None:
        cells = cells.filter(pk__in=cell_ids)
    number = cells.update(
        state=states.WAITING, changed_at=Now(), attempts=0, not_before=None, ended_at=None
    )
    if not number:
        raise InvalidRequest("There is no cell to run again: all of them have a result.")
    if experiment.state in states.OVER:
        experiment.finished_at = None
        let_run(experiment, "finished_at")
    return number


@act()
def rename_experiment(*, project: Project, experiment_id: str, name: str) -> Experiment:
    """Change the name. Raises :class:`NotFound`, and :class:`InvalidRequest` for a bad one."""
    experiment = lock_experiment(project, experiment_id)
    experiment.name = checked_text(name, "name", limits.NAME, required=True)
    experiment.save(update_fields=["name"])
    return experiment


@act()
def change_budget(*, project: Project, experiment_id: str, cap: Decimal | None) -> Experiment:
    """Raise or lower the budget. Calls that were made stay paid.

    Raises :class:`NotFound`, and :class:`InvalidRequest` without an amount, or for an experiment
    that began without a budget.
    """
    experiment = lock_experiment(project, experiment_id)
    if experiment.cap is None:
        # Its replies have no limit and its models may have no price, so nothing can be reserved.
        raise InvalidRequest(
            "The experiment began without a budget. Make another one with a budget.", param="cap"
        )
    if cap is None:
        raise InvalidRequest("Enter the budget in dollars.", param="cap")
    experiment.cap = cap
    experiment.save(update_fields=["cap"])
    return experiment


@act()
def delete_experiment(*, project: Project, experiment_id: str, name: str) -> None:
    """Make the experiment unreachable, and leave its threads to the sweeper, which takes batches.

    `name` is what somebody has typed to confirm it. Raises :class:`NotFound`, and
    :class:`InvalidRequest` for another name.
    """
    experiment = lock_experiment(project, experiment_id)
    if not is_same_name(name, experiment.name):
        raise InvalidRequest(
            "Nothing was deleted. Type the experiment's name as it is shown.",
            param="confirm",
        )
    note(
        "delete_experiment",
        project=project,
        target_type="experiment",
        target_id=experiment.pk,
        target_name=experiment.name,
        details={"cells": experiment.cells.count()},
    )
    if experiment.state not in states.OVER:
        _stop_clock(experiment)
        experiment.state, experiment.finished_at = states.CANCELLED, timezone.now()
    experiment.deleted_at = timezone.now()
    experiment.save(
        update_fields=["state", "finished_at", "ran_seconds", "resumed_at", "deleted_at"]
    )


def start(experiment: Experiment) -> None:
    """Start the experiment, which is locked or new."""
    experiment.started_at = timezone.now()
    let_run(experiment, "started_at")


def finish(experiment: Experiment) -> None:
    """End the locked experiment, all of whose cells have ended."""
    _stop_clock(experiment)
    experiment.state, experiment.finished_at = states.DONE, timezone.now()
    # If somebody has paused it, its last cells have ended since.
    experiment.pause_reason, experiment.paused_at = "", None
    experiment.save(
        update_fields=[
            *("state", "finished_at", "pause_reason", "paused_at"),
            *("ran_seconds", "resumed_at"),
        ]
    )
    store_verdicts(experiment)


def halt(experiment: Experiment, reason: str = "") -> None:
    """Pause the locked experiment. Without a `reason`, a person did."""
    _stop_clock(experiment)
    experiment.state, experiment.pause_reason = states.PAUSED, reason
    experiment.paused_at = timezone.now()
    experiment.save(
        update_fields=["state", "pause_reason", "paused_at", "ran_seconds", "resumed_at"]
    )


def let_run(experiment: Experiment, *changed: str) -> None:
    """Let the locked experiment run, and store these columns of it as well.

    Who asks for it is charged from now on.
    """
    caller = current_caller()
    if caller.key_id or caller.person_id:
        experiment.api_key_id, experiment.person_id = caller.key_id, caller.person_id
    experiment.state, experiment.pause_reason = states.RUNNING, ""
    experiment.paused_at, experiment.resumed_at = None, timezone.now()
    experiment.save(
        update_fields=[
            *("state", "pause_reason", "paused_at", "resumed_at", "api_key_id", "person_id"),
            *changed,
        ]
    )


def _stop_clock(experiment: Experiment) -> None:
    if experiment.resumed_at is not None:
        experiment.ran_seconds += (timezone.now() - experiment.resumed_at).total_seconds()
        experiment.resumed_at = None


def _require_state(experiment: Experiment, allowed: tuple[str, ...], problem: str) -> None:
    if experiment.state not in allowed:
        raise InvalidRequest(f"The experiment “{experiment.name}” {problem}.")
