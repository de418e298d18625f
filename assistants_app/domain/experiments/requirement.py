"""What a program asks of an experiment: the rules of a publish gate, without a publication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from assistants_app.domain.verdicts.gate import (
    NO_VERDICT,
    REQUIRED_ROWS,
    Evidence,
    Policy,
    Refusal,
    Wanted,
    refusals,
)
from assistants_app.domain.verdicts.regressions import Row

PASSED, FAILED, ERROR = RESULTS = ("passed", "failed", "error")
ALL_ROWS: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What each variant has to show, in comparison with the baseline if there is one.

    The interval of the main metric may reach down to -`margin`. The `required` rows, or all rows if
    it is None, pass in all repeats. With `no_worse_row`, a single worse row is too much.
    """

    margin: float
    required: frozenset[str] | None = frozenset()
    no_worse_row: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the requirement as it is stored and sent."""
        return {
            "margin": self.margin,
            "required_rows": ALL_ROWS if self.required is None else sorted(self.required),
            "no_worse_row": self.no_worse_row,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Requirement":
        """Return what :meth:`as_json` returned."""
        rows = stored["required_rows"]
        return cls(
            margin=stored["margin"],
            required=None if rows == ALL_ROWS else frozenset(rows),
            no_worse_row=stored["no_worse_row"],
        )


def usual_requirement(*, variants: int, margin: float) -> Requirement:
    """Return the requirement of an experiment that names none.

    `margin` is the difference that matters to the experiment.
    """
    # A variant alone has nothing to be compared with, so only its rows can say anything.
    return Requirement(margin=margin, required=None if variants == 1 else frozenset())


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a variant meets the requirement, and why not. The `result` is one of RESULTS."""

    result: str
    refusals: tuple[Refusal, ...] = ()


def rule(requirement: Requirement, evidence: Evidence) -> Ruling:
    """Return the ruling on a variant of an experiment that has finished."""
    if evidence.finished_at is None:
        raise ValueError("The experiment hasn't finished.")
    rows = evidence.rows
    required = requirement.required
    policy = Policy(
        test_set=evidence.test_set,
        margin=requirement.margin,
        oldest=timedelta(0),
        required=frozenset(row.name for row in rows) if required is None else required,
        no_worse_row=requirement.no_worse_row,
        metric=evidence.metric,
    )
    # What is wanted is what was tested, so only the results can be refused.
    wanted = Wanted(
        configuration=evidence.configuration,
        published=evidence.baseline,
        set_version=evidence.set_version,
        at=evidence.finished_at,
    )
    found = refusals(policy, wanted, replace(evidence, left_out=0))
    if not found:
        return Ruling(PASSED)
    failed = any(_is_failure(refusal, rows) for refusal in found)
    return Ruling(FAILED if failed else ERROR, found)


def _is_failure(refusal: Refusal, rows: Sequence[Row]) -> bool:
    """Return whether the variant itself is to blame, and not what kept it from a result."""
    if refusal.code == NO_VERDICT:
        return False
    if refusal.code == REQUIRED_ROWS:
        return any(False in row.variant for row in rows if row.name in refusal.rows)
    return True


def result_of_all(rulings: Sequence[Ruling]) -> str:
    """Return the result of an experiment: that of the variant with the worst one."""
    results = {ruling.result for ruling in rulings}
    # A failure is certain, whatever an error kept from being known.
    return next((result for result in (FAILED, ERROR) if result in results), PASSED)
