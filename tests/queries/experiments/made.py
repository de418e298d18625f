"""Experiments that are made of rows alone, without a run."""

from collections.abc import Mapping, Sequence

from assistants_app.domain.experiments.states import ERROR, GRADED
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentRow,
    ExperimentVariant,
)
from tests.cast import Cast

Figures = Mapping[str, Sequence[Sequence[float | None]]]
CONFIGURATION = {"values": {"model": "m"}}


def small(cast: Cast, figures: Figures, **columns: object) -> Experiment:
    """Return an experiment that is done, with the figures of the repeats of each variant, by row.

    A repeat without a figure has ended with a fault of the provider.
    """
    experiment = Experiment.objects.create(
        project=cast.project,
        **{
            "name": "E",
            "test_set_id": "testset_1",
            "test_set_name": "Set",
            "set_version_id": "testver_1",
            "set_version": 1,
            "main_metric": "pass",
            "margin": 0.1,
            "seed": 1,
            "judge_digest": "",
            "state": "done",
            **columns,
        },
    )
    variants = _variants(experiment, len(next(iter(figures.values()))))
    rows = _rows(experiment, list(figures))
    place = 0
    cells = []
    for row in rows:
        for variant, repeats in zip(variants, figures[row.key], strict=True):
            for repeat, figure in enumerate(repeats, 1):
                cells.append(_cell(variant, row, repeat, place, figure))
                place += 1
    ExperimentCell.objects.bulk_create(cells, batch_size=2000)
    return experiment


def large(cast: Cast, *, rows: int, variants: int, repeats: int) -> Experiment:
    """Return an experiment of this size, in which about every tenth repeat fails."""
    return small(
        cast,
        {
            f"row{number:05}": [
                [float((number * 7 + variant * 3 + repeat) % 10 > 0) for repeat in range(repeats)]
                for variant in range(variants)
            ]
            for number in range(rows)
        },
    )


def _variants(experiment: Experiment, number: int) -> list[ExperimentVariant]:
    return ExperimentVariant.objects.bulk_create(
        ExperimentVariant(
            experiment=experiment,
            position=position,
            name=f"V{position}",
            configuration=CONFIGURATION,
            digest=f"digest{position}",
        )
        for position in range(number)
    )


def _rows(experiment: Experiment, keys: Sequence[str]) -> list[ExperimentRow]:
    return ExperimentRow.objects.bulk_create(
        ExperimentRow(
            experiment=experiment,
            position=position,
            row_id=f"testrow_{key}",
            key=key,
            content={"turns": [{"role": "user", "content": f"Question of {key}"}]},
            repeats=1,
        )
        for position, key in enumerate(keys)
    )


def _cell(
    variant: ExperimentVariant, row: ExperimentRow, repeat: int, place: int, figure: float | None
) -> ExperimentCell:
    return ExperimentCell(
        experiment=row.experiment,
        variant=variant,
        row=row,
        repeat=repeat,
        place=place,
        state=ERROR if figure is None else GRADED,
        fault=figure is None,
        figure=figure,
        score=figure,
        passed=None if figure is None else figure == 1,
        reply_digest=f"{variant.position}/{row.key}/{repeat}",
    )
