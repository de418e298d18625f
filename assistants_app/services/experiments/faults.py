"""Note on a cell why its run is about to fail, which the run itself can't say."""

from assistants_app.domain.errors import ProviderFault
from assistants_app.domain.experiments import states
from assistants_app.models import ExperimentCell


def note_fault(run_id: str, fault: ProviderFault) -> None:
    """Note that the provider is to blame, and how long it asked to wait if that helps."""
    ExperimentCell.objects.filter(run_id=run_id, state=states.ANSWERING).update(
        fault=True, retry_after=fault.retry_after if fault.passing else None
    )


def note_over_budget(run_id: str) -> None:
    """Note that a call of the run doesn't fit into the budget."""
    ExperimentCell.objects.filter(run_id=run_id, state=states.ANSWERING).update(
        error={"code": states.OVER_BUDGET, "message": ""}
    )
