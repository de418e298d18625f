"""What a publish gate says, in words."""

from dataclasses import dataclass

from assistants_app.models.experiments.snapshots import GateCheck
from assistants_app.rendering.charts.words import translated


@dataclass(frozen=True, slots=True)
class GateView:
    """What a gate says to a configuration: it passes if nothing is `missing`.

    The experiment is the one that counts, with empty texts if there is none.
    """

    missing: list[str]
    set_id: str
    set_name: str
    set_version: int
    metric: str
    experiment_id: str = ""
    experiment_name: str = ""


def gate_view(check: GateCheck) -> GateView:
    """Return the words of a check."""
    return GateView(
        missing=[translated(refusal.why) for refusal in check.refusals],
        set_id=check.gate.test_set_id,
        set_name=check.gate.test_set.name,
        set_version=check.set_version,
        metric=check.gate.main_metric,
        experiment_id=check.experiment.pk if check.experiment else "",
        experiment_name=check.experiment.name if check.experiment else "",
    )
