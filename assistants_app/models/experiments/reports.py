"""An experiment with everything that it has shown, read together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistants_app.domain.experiments.requirement import Requirement, Ruling, result_of_all
from assistants_app.domain.verdicts.verdict import Verdict
from assistants_app.domain.verdicts.votes import WinShare
from assistants_app.models.experiments.experiments import Experiment, ExperimentVariant
from assistants_app.models.experiments.snapshots import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What people have said about the replies of a variant.

    `graded` and `compared` count replies. The means of `grade` and `preference` are from 0 to 1.
    `against_baseline` is how often the variant was preferred to the baseline, or None.
    """

    people: int
    graded: int
    grade: float | None
    compared: int
    preference: float | None
    against_baseline: WinShare | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantReport:
    """What a variant came to so far. `figure` is the mean of the main metric.

    `passed` and `failed` count cells, as do `faults`: those that a provider has left without a
    result. The mean times and `cost`, in dollars with that of judges, are of cells with a result.
    The verdict, the ruling and what people have said follow once the experiment has finished. The
    baseline of others has neither verdict nor ruling.
    """

    variant: ExperimentVariant
    cells: int = 0
    passed: int = 0
    failed: int = 0
    without_result: int = 0
    faults: int = 0
    figure: float | None = None
    cost: Decimal = Decimal(0)
    first_token_seconds: float | None = None
    duration_seconds: float | None = None
    verdict: Verdict | None = None
    ruling: Ruling | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """An experiment, how far it is, and what its variants came to."""

    experiment: Experiment
    progress: Progress
    requirement: Requirement
    variants: Sequence[VariantReport]

    @property
    def result(self) -> str | None:
        """Return whether the requirement is met, or None as long as nobody can know."""
        rulings = [one.ruling for one in self.variants if one.ruling]
        return result_of_all(rulings) if rulings else None
