"""Who is charged for a cell: the person or API key that let it run.

That is the one whose right and limits were checked at that moment. So nobody spends what somebody
else may spend by adding cells to their experiment.
"""

from django.db.models import QuerySet

from assistants_app.domain.money.limits import Caller
from assistants_app.models import Experiment, ExperimentCell
from assistants_app.services.acting import current_actor
from assistants_app.services.money.checks import current_caller


def charge_caller(experiment: Experiment, cells: "QuerySet[ExperimentCell]") -> None:
    """Charge these cells to who acts now. Their payer stays if nobody does."""
    if current_actor() is None:
        return
    caller = current_caller()
    if caller == _payer_of_experiment(experiment):
        caller = Caller()
    # A resumed experiment may have many cells, which mostly have this payer already.
    others = cells.exclude(person_id=caller.person_id, api_key_id=caller.key_id)
    others.update(person_id=caller.person_id, api_key_id=caller.key_id)


def payer_of(experiment: Experiment, cell: ExperimentCell) -> Caller:
    """Return who is charged for this cell of the experiment."""
    own = Caller(cell.api_key_id, cell.person_id)
    return own if own != Caller() else _payer_of_experiment(experiment)


def _payer_of_experiment(experiment: Experiment) -> Caller:
    return Caller(experiment.api_key_id, experiment.person_id)
