"""A check of a reply, and its outcome."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from assistants_app.domain.errors import PlaygroundError

PASSED, FAILED = "passed", "failed"
# The check itself couldn't be carried out, so it says nothing about the reply.
ERROR = "error"
# A check of another product, which can't run here.
NOT_RUN = "not_run"
# A judge that wasn't asked, because the reply has failed already.
SKIPPED = "skipped"
STATES = (PASSED, FAILED, ERROR, NOT_RUN, SKIPPED)

# The keys that all kinds have. The others are the parameters of its kind.
COMMON = ("kind", "not", "weight", "threshold", "metric")
DEFAULT_WEIGHT = 1.0


class CheckError(PlaygroundError):
    """Raised if a check can't be carried out. The message says why and what to do."""


class NotRunHere(PlaygroundError):
    """Raised for a check that only another product can run."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check. `threshold` is the score from which it passes, or None for the kind's own.

    A `weight` of 0 means that it only informs. `metric` names the figure to which its score is
    added, or is "".
    """

    kind: str
    negated: bool = False
    weight: float = DEFAULT_WEIGHT
    threshold: float | None = None
    metric: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the check as a row of a test set stores it. What isn't set is left out."""
        shown: dict[str, Any] = {"kind": self.kind, **self.params}
        if self.negated:
            shown["not"] = True
        if self.weight != DEFAULT_WEIGHT:
            shown["weight"] = self.weight
        if self.threshold is not None:
            shown["threshold"] = self.threshold
        if self.metric:
            shown["metric"] = self.metric
        return shown


def check_from(stored: Mapping[str, Any]) -> Check:
    """Return the check in a row of a test set, which has been validated."""
    threshold = stored.get("threshold")
    return Check(
        kind=stored["kind"],
        negated=bool(stored.get("not")),
        weight=float(stored.get("weight", DEFAULT_WEIGHT)),
        threshold=None if threshold is None else float(threshold),
        metric=stored.get("metric") or "",
        params={name: value for name, value in stored.items() if name not in COMMON},
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a reply, before the check says what it wants.

    `score` is from 0 to 1. `reason` states a fact that is true for the check and its opposite.
    `passes` is what a grader says by itself; it counts unless the check has a threshold.
    """

    score: float
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)
    passes: bool | None = None


def found(holds: bool, yes: str, no: str, **details: Any) -> Finding:
    """Return the finding of a question with two answers."""
    return Finding(float(holds), yes if holds else no, details)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check came to. `score` is from 0 to 1, or None if the check wasn't carried out.

    `reason` is a sentence for people. `details` are for the page, by kind.
    """

    state: str
    score: float | None
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool | None:
        """Whether the check passed, or None if it says nothing about the reply."""
        return {PASSED: True, FAILED: False}.get(self.state)

    @property
    def not_run(self) -> bool:
        return self.state == NOT_RUN

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as it is stored."""
        return asdict(self)


def outcome_from(stored: Mapping[str, Any]) -> Outcome:
    """Return the outcome that was stored."""
    return Outcome(stored["state"], stored["score"], stored["reason"], stored.get("details") or {})
