"""What an experiment comes to if the product makes no mistake, by its design alone."""

from dataclasses import dataclass

from assistants_app.domain.experiments.order import seed_of_repeat
from assistants_app.domain.verdicts.pairs import Cell, Pairs, pair
from assistants_app.domain.verdicts.verdict import BETTER, SAME, TOO_FEW, WORSE, Verdict, decide
from tests.engine.experiments.test_faults import BUSY
from tests.engine.experiments.truth.design import BASELINE, MARGIN, VARIANT, Design, Models


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What an experiment came to. `wrong` says that its verdict isn't true, and `missed` that its
    interval doesn't contain the truth. `lost` is the number of cells without a result.
    """

    number: int
    truth: float
    kind: str
    interval: tuple[int, int] | None
    wrong: bool
    missed: bool
    cells: int
    lost: int
    begun: int
    paused: bool
    extended: str


def key_of(row: int) -> str:
    """Return the name of the row, which the seeds of its repeats depend on."""
    return f"row-{row}"


def foresee(design: Design) -> tuple[Verdict, str]:
    """Return the verdict that the experiment will have, and how it was extended before."""
    verdict = decide(_pairs(design, design.rows, design.repeats), margin=MARGIN)
    if verdict.kind != TOO_FEW or not design.extends:
        return verdict, ""
    by_rows = design.extends == "rows"
    more = _pairs(
        design,
        design.most_rows if by_rows else design.rows,
        design.repeats if by_rows else 2 * design.repeats,
    )
    return decide(more, margin=MARGIN, extensions=1), design.extends


def foreseen_end(design: Design) -> Ended:
    """Return what the experiment will come to."""
    return ended(design, *foresee(design))


def _pairs(design: Design, rows: int, repeats: int) -> Pairs:
    models = Models(design)
    sides = [
        [
            _cell(models, model, row, repeat)
            for row in range(rows)
            for repeat in range(1, repeats + 1)
        ]
        for model in (BASELINE, VARIANT)
    ]
    return pair(*sides)


def _cell(models: Models, model: str, row: int, repeat: int) -> Cell:
    seed = seed_of_repeat(models.design.number, key_of(row), repeat)
    lost = models.loses(model, row, seed)
    return Cell(
        row=key_of(row),
        score=None if lost else float(models.passes(model, row, seed)),
        fault=lost is not None and lost.status == BUSY.status,
        reply="" if lost else models.reply(model, row, seed),
    )


def ended(
    design: Design, verdict: Verdict, extended: str, *, lost: int = 0, begun: int = 0
) -> Ended:
    """Return how right the verdict is."""
    points = verdict.interval.points if verdict.interval else None
    truth = round(100 * design.truth)
    return Ended(
        number=design.number,
        truth=design.truth,
        kind=verdict.kind,
        interval=points,
        wrong=is_wrong(verdict.kind, points, truth),
        missed=points is not None and not points[0] <= truth <= points[1],
        cells=sum(verdict.pairs.cells),
        lost=lost,
        begun=begun,
        paused=design.pauses,
        extended=extended,
    )


def is_wrong(kind: str, points: tuple[int, int] | None, truth: int) -> bool:
    """Return whether what the verdict says isn't true, with the truth in points."""
    if kind == SAME and points:
        return abs(truth) > max(-points[0], points[1])
    return (kind == BETTER and truth <= 0) or (kind == WORSE and truth >= 0)
