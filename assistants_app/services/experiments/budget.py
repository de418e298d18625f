"""The budget of an experiment: what a model call may cost is reserved before it, then settled.

What was spent, what is reserved and what is lost never exceed the cap together. All three are
columns of the experiment, and a reservation is a single UPDATE that only succeeds if it fits. So
any number of workers can reserve at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q

from assistants_app.domain.checks.check import CheckError
from assistants_app.domain.errors import PlaygroundError
from assistants_app.domain.money.limits import Use
from assistants_app.models import Experiment, ExperimentCell, ExperimentReservation, Run
from assistants_app.providers.chat import StopSignal

# Seconds between two looks while other calls may still leave something of what they reserved.
LOOK_AGAIN = 0.25
COUNTED = ("prompt_tokens", "completion_tokens")


class OverBudget(PlaygroundError):
    """Raised for a model call that doesn't fit into the budget, whatever others leave of theirs."""

    def __init__(self) -> None:
        super().__init__(
            "The model wasn't asked: this call may cost more than what is left of the experiment's "
            "budget."
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation, until it is settled."""

    id: str
    experiment_id: str
    cell_id: str


def reserve_for_run(run: Run, cell_id: str, experiment_id: str, most: Decimal) -> Hold | None:
    """Reserve what the next call of the run may cost, or return None if that has to wait.

    Settles what a lost worker has left of the run's earlier calls. Raises :class:`OverBudget`.
    """
    settle_run(run.pk)
    return _reserve(
        experiment_id,
        ExperimentReservation(
            cell_id=cell_id,
            run_id=run.pk,
            most=most,
            cost_before=run.cost or Decimal(0),
            usage_before={name: run.usage.get(name, 0) for name in COUNTED},
        ),
    )


@transaction.atomic(durable=True)
def _reserve(experiment_id: str, reservation: ExperimentReservation) -> Hold | None:
    most = reservation.most
    experiment = Experiment.objects.filter(pk=experiment_id)
    used = F("spent") + F("lost")
    fits = Q(cap__isnull=True) | Q(cap__gte=used + F("reserved") + most)
    if experiment.filter(fits).update(reserved=F("reserved") + most):
        reservation.save(force_insert=True)
        return Hold(reservation.pk, experiment_id, reservation.cell_id)
    if experiment.filter(cap__gte=used + most).exists():
        return None
    raise OverBudget


def settle_run(run_id: str) -> None:
    """Settle all reservations of the run, whose call may have used everything."""
    found = ExperimentReservation.objects.filter(run_id=run_id).select_related("cell")
    for each in found:
        settle(Hold(each.pk, each.cell.experiment_id, each.cell_id), began=True)


@transaction.atomic(durable=True)
def settle(hold: Hold, *, began: bool) -> None:
    """Replace what was reserved for a call by what the run has used since. Once is enough.

    If the run has stored no use, what was reserved is lost if the model `began` to answer.
    """
    reservation = _take(hold)
    if reservation is None:
        return
    run = Run.objects.filter(pk=reservation.run_id).only("cost", "usage").first()
    usage: Mapping[str, int] = run.usage if run else {}
    added = {name: usage.get(name, 0) - reservation.usage_before.get(name, 0) for name in COUNTED}
    known = run is not None and any(count > 0 for count in added.values())
    used = Decimal(0)
    if known and run is not None:
        used = max((run.cost or Decimal(0)) - reservation.cost_before, Decimal(0))
    _replace(reservation, hold, used, lost=began and not known)
    if known:
        ExperimentCell.objects.filter(pk=hold.cell_id).update(
            cost=F("cost") + used,
            **{name: F(name) + max(count, 0) for name, count in added.items()},
        )


def _take(hold: Hold) -> ExperimentReservation | None:
    # The transaction that deletes the row settles it.
    locked = ExperimentReservation.objects.select_for_update().filter(pk=hold.id).first()
    if locked is not None:
        ExperimentReservation.objects.filter(pk=hold.id).delete()
    return locked


def _replace(reservation: ExperimentReservation, hold: Hold, used: Decimal, *, lost: bool) -> None:
    Experiment.objects.filter(pk=hold.experiment_id).update(
        reserved=F("reserved") - reservation.most,
        spent=F("spent") + used,
        lost=F("lost") + (reservation.most if lost else Decimal(0)),
    )


def lose_judgements(cell_id: str, experiment_id: str) -> None:
    """Settle what a lost worker has reserved for the cell's judges. Their use isn't known."""
    found = ExperimentReservation.objects.filter(cell=cell_id, run_id="")
    for pk in found.values_list("pk", flat=True):
        _lose(Hold(pk, experiment_id, cell_id))


@transaction.atomic(durable=True)
def _lose(hold: Hold) -> None:
    if reservation := _take(hold):
        _replace(reservation, hold, Decimal(0), lost=True)


class JudgeBudget:
    """The budget of an experiment for the judges of one cell. `is_over`: a call didn't fit."""

    def __init__(self, cell: ExperimentCell, stop: StopSignal) -> None:
        self._cell, self._stop = cell, stop
        self._hold: Hold | None = None
        self.is_over = False

    def reserve(self, most: Use) -> None:
        """Set aside what a call may use. Raises :class:`CheckError` if that doesn't fit."""
        reservation = ExperimentReservation(cell_id=self._cell.pk, most=most.dollars)
        while True:
            try:
                self._hold = _reserve(self._cell.experiment_id, reservation)
            except OverBudget as error:
                self.is_over = True
                raise CheckError(str(error)) from error
            if self._hold is not None:
                return
            if self._stop.wait(LOOK_AGAIN):
                raise CheckError("The judge was stopped.")

    def settle(self, most: Use, used: Use) -> None:
        """Replace what was set aside by what the call has used."""
        hold, self._hold = self._hold, None
        if hold is not None:
            # The judge returns what it was given if the call's use never became known.
            _settle_judge(hold, used.dollars, lost=used is most)


@transaction.atomic(durable=True)
def _settle_judge(hold: Hold, used: Decimal, *, lost: bool) -> None:
    reservation = _take(hold)
    if reservation is None:
        return
    _replace(reservation, hold, Decimal(0) if lost else used, lost=lost)
    if not lost:
        ExperimentCell.objects.filter(pk=hold.cell_id).update(judge_cost=F("judge_cost") + used)
