"""Experiments for tests."""

from typing import Any

from assistants_app.models import Experiment, ExperimentCell, TestSet
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.experiments.lifecycle import start_experiment
from assistants_app.services.runs.frozen import Source
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, new_set

HELLO = {"kind": "contains_all", "values": ["Hello"]}
MODELS = ({"model": "scripted-1"}, {"model": "scripted-2"})


def set_of(cast: Cast, rows: int, **fields: Any) -> TestSet:
    """Return a test set with this many rows that ask different things."""
    test_set = new_set(cast)
    for number in range(rows):
        add_row(cast, test_set, f"Question {number}?", **{"checks": [HELLO], **fields})
    return test_set


def experiment_of(
    cast: Cast,
    test_set: TestSet,
    *overrides: dict[str, Any],
    starts: bool = True,
    **terms: Any,
) -> Experiment:
    """Return an experiment with a variant for each of these overrides of the cast's assistant."""
    made = create_experiment(
        project=cast.project,
        user=cast.alice,
        set_id=test_set.pk,
        variants=[VariantChoice(Source(cast.assistant.pk), each) for each in overrides or MODELS],
        terms=Terms(**{"seed": 7, **terms}),
    )
    return start_experiment(project=cast.project, experiment_id=made.pk) if starts else made


def cells_of(experiment: Experiment, **filters: Any) -> list[ExperimentCell]:
    """Return the cells in the order in which they start."""
    cells = ExperimentCell.objects.filter(experiment=experiment, **filters)
    return list(cells.select_related("row", "variant").order_by("place"))
