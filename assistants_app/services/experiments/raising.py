"""Raise the budget of an experiment, so that the cells go on for which it was too small."""

from decimal import Decimal

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, Project
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.experiments.lifecycle import lock_experiment, require_state, run_again
from assistants_app.services.money.checks import require_means
from assistants_app.services.space import require_space


@act(require_space, require_means)
def raise_budget(*, project: Project, experiment_id: str, cap: Decimal | None) -> Experiment:
    """Raise the budget to this many dollars. Cells that are over budget wait again.

    If there are any, an experiment that is done runs again. The others of its cells have nothing to
    gain from a larger budget, so nobody can raise it to get a result that suits them. Raises
    :class:`NotFound`, and :class:`InvalidRequest` for one without a budget or that was cancelled,
    and for an amount that isn't more.
    """
    experiment = lock_experiment(project, experiment_id)
    require_state(
        experiment, (states.READY, states.RUNNING, states.PAUSED, states.DONE), "was cancelled"
    )
    before = experiment.cap
    experiment.cap = _checked(before, cap)
    experiment.save(update_fields=["cap"])
    number = run_again(experiment, experiment.cells.filter(state=states.OVER_BUDGET))
    note(
        "raise_budget",
        project=project,
        target_type="experiment",
        target_id=experiment.pk,
        target_name=experiment.name,
        details={"from": _words(before), "to": _words(experiment.cap), "cells": number},
    )
    return experiment


def _checked(before: Decimal | None, cap: Decimal | None) -> Decimal:
    if before is None:
        raise InvalidRequest(
            "This experiment has no budget, so there is nothing to raise.", param="budget"
        )
    if cap is None or not cap.is_finite() or cap <= before:
        raise InvalidRequest(
            f"Enter more than the present budget of {_words(before)}.", param="budget"
        )
    if cap > limits.EXPERIMENT_DOLLARS:
        raise InvalidRequest(
            f"The budget is from 0 to {limits.EXPERIMENT_DOLLARS:,} dollars.", param="budget"
        )
    return cap


def _words(dollars: Decimal | None) -> str:
    # Without the zeros that the database adds.
    return "" if dollars is None else f"${dollars.normalize():f}"
