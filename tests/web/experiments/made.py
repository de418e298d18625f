"""Experiments for tests of pages, with results as workers store them."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, ExperimentCell
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.runs.frozen import Source
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, new_set

CONTAINS = {"kind": "contains_any", "values": ["Paris"]}
USUAL = (VariantChoice(Source(model="m-one")), VariantChoice(Source(model="m-two")))


def make_experiment(
    cast: Cast,
    *questions: str,
    variants: tuple[VariantChoice, ...] = USUAL,
    tags: dict[int, list[str]] | None = None,
    **terms: Any,
) -> Experiment:
    """Return an experiment on a set with these questions, which isn't started."""
    test_set = new_set(cast)
    for place, question in enumerate(questions or ("Capital of France?", "Of Italy?")):
        add_row(cast, test_set, question, checks=[CONTAINS], tags=(tags or {}).get(place, []))
    return create_experiment(
        project=cast.project,
        user=cast.bob,
        set_id=test_set.id,
        variants=variants,
        terms=Terms(**{"name": "Capitals", **terms}),
    )


def cell_at(experiment: Experiment, row: int, variant: int, repeat: int = 1) -> ExperimentCell:
    """Return the cell of a row with a variant, by their positions."""
    return ExperimentCell.objects.get(
        experiment=experiment, row__position=row, variant__position=variant, repeat=repeat
    )


def grade(cell: ExperimentCell, passed: bool | None = True, **columns: Any) -> ExperimentCell:
    """Let the cell end with a result."""
    figure = None if passed is None else float(passed)
    outcome: dict[str, Any] = {
        "state": "passed" if passed else "failed",
        "score": figure,
        "reason": "It has Paris." if passed else "It has none of the texts.",
        "details": {},
    }
    values: dict[str, Any] = {
        "state": states.GRADED,
        "passed": passed,
        "score": figure,
        "figure": figure,
        "outcomes": [{"turn": None, "check": CONTAINS, "outcome": outcome}],
        "result": {"passed": passed, "score": figure, "metrics": {}, "errors": 0, "not_run": 0},
        "reply": "Paris, of course." if passed else "Rome.",
        "cost": Decimal("0.002"),
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "duration_seconds": 1.5,
        "first_token_seconds": 0.4,
        "ended_at": timezone.now(),
    }
    ExperimentCell.objects.filter(pk=cell.pk).update(**{**values, **columns})
    return ExperimentCell.objects.get(pk=cell.pk)


def grade_all(experiment: Experiment, results: list[str]) -> None:
    """Let all cells end: for each row a text with a letter for each variant, "p" if it passes."""
    for row, letters in enumerate(results):
        for variant, letter in enumerate(letters):
            cells = ExperimentCell.objects.filter(
                experiment=experiment, row__position=row, variant__position=variant
            )
            for cell in cells:
                if letter == "e":
                    fail(cell)
                else:
                    grade(cell, letter == "p")


def fail(cell: ExperimentCell, state: str = states.ERROR, **columns: Any) -> None:
    """Let the cell end without a result."""
    error = {"code": "server_error", "message": "The model's server failed."}
    values = {"state": state, "error": error, "fault": state == states.ERROR}
    ExperimentCell.objects.filter(pk=cell.pk).update(**{**values, **columns})


def end(experiment: Experiment, state: str = states.DONE) -> Experiment:
    """Let the experiment be over."""
    Experiment.objects.filter(pk=experiment.pk).update(
        state=state, started_at=timezone.now(), finished_at=timezone.now(), spent=Decimal("0.5")
    )
    experiment.refresh_from_db()
    return experiment
