"""What a publish gate says, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.text import Truncator

from assistants_app.domain.experiments.asking import text_of_turn
from assistants_app.domain.verdicts.gate import Refusal, names_in
from assistants_app.domain.verdicts.words import isolated
from assistants_app.models import ExperimentRow
from assistants_app.models.experiments.snapshots import GateCheck
from assistants_app.rendering.charts.words import translated

LONGEST_NAME = 80  # characters of a row's first message


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
        missing=[_why(refusal, check.rows) for refusal in check.refusals],
        set_id=check.gate.test_set_id,
        set_name=check.gate.test_set.name,
        set_version=check.set_version,
        metric=check.gate.main_metric,
        experiment_id=check.experiment.pk if check.experiment else "",
        experiment_name=check.experiment.name if check.experiment else "",
    )


def _why(refusal: Refusal, rows: Mapping[str, ExperimentRow]) -> str:
    """Return the reason with rows as other pages name them, and not by their keys."""
    why = refusal.why
    if refusal.rows:
        names = [_name_of(rows[key]) if key in rows else key for key in refusal.rows]
        why = replace(why, values={**why.values, "rows": names_in(names)})
    return translated(why)


def _name_of(row: ExperimentRow) -> str:
    asked = row.content.get("description") or text_of_turn(row.content, 0, {})
    text = Truncator(" ".join(asked.split())).chars(LONGEST_NAME)
    return f"{row.position + 1} ({isolated(text)})"
