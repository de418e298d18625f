"""Scores of two variants, paired by row."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, variance

# A difference of averages that is smaller than this comes from the rounding of floats.
_TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The score of one repeat of a row under one variant, from 0 to 1.

    `score` is None if the cell has none, and `fault` says that its provider is to blame. `cluster`
    is shared by rows that were cut from one thread, and `reply` is a digest of what was answered.
    It isn't `measured` if no check of the row counts for the metric.
    """

    row: str
    score: float | None
    fault: bool = False
    cluster: str = ""
    reply: str = ""
    measured: bool = True

    def __post_init__(self) -> None:
        if self.score is not None and not 0 <= self.score <= 1:
            raise ValueError(f"The score of row {self.row} is {self.score}, not from 0 to 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What two variants did on the same rows.

    `differences` has a value from -1 to 1 for each row, or for the rows of one thread together.
    `noise` has what the variance of each would be if the variants were equal. `cells`, `faults` and
    `missing` are of the baseline and of the variant. `within` is the part of a difference's
    variance that more repeats would reduce, or None where nothing was repeated. `unmeasured` rows
    have no check that counts, so their cells are no loss.
    """

    differences: tuple[float, ...]
    noise: tuple[float, ...]
    rows: int
    baseline_mean: float
    variant_mean: float
    cells: tuple[int, int]
    faults: tuple[int, int]
    missing: tuple[int, int]
    repeats: int
    identical: bool
    graded: bool
    within: float | None
    unmeasured: int = 0

    @property
    def better(self) -> int:
        """Return in how many rows the variant had the better score."""
        return sum(difference > _TIE for difference in self.differences)

    @property
    def worse(self) -> int:
        """Return in how many rows the variant had the worse score."""
        return sum(difference < -_TIE for difference in self.differences)

    @property
    def fault_share(self) -> float:
        """Return the share of cells lost to faults of providers, of the variant that lost more."""
        return _worst_share(self.faults, self.cells)

    @property
    def missing_share(self) -> float:
        """Return the share of cells without a score for another reason, of the worse variant."""
        return _worst_share(self.missing, self.cells)


@dataclass(slots=True)
class _Row:
    cluster: str
    scores: list[float] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)


_Pair = tuple[str, _Row, _Row]
_Clusters = Sequence[Sequence[_Pair]]


def pair(baseline: Iterable[Cell], variant: Iterable[Cell]) -> Pairs:
    """Return the scores of two variants by row, averaged over repeats and rows of one thread.

    Rows without a score under one of them are left out.
    """
    every = (list(baseline), list(variant))
    cells = tuple([cell for cell in side if cell.measured] for side in every)
    before, after = (_scored_rows(side) for side in cells)
    shared = [(name, row, after[name]) for name, row in before.items() if name in after]
    both = [side for _, *sides in shared for side in sides]
    identical = _are_identical(both)
    clusters = _clusters(shared)
    differences = [_difference(cluster) for cluster in clusters]
    return Pairs(
        differences=tuple(differences),
        noise=tuple(
            difference**2 if identical else _noise(cluster, difference)
            for cluster, difference in zip(clusters, differences, strict=True)
        ),
        rows=len(shared),
        baseline_mean=_mean([fmean(row.scores) for _, row, _ in shared]),
        variant_mean=_mean([fmean(row.scores) for _, _, row in shared]),
        cells=(len(cells[0]), len(cells[1])),
        faults=(_faults(cells[0]), _faults(cells[1])),
        missing=(_missing(cells[0]), _missing(cells[1])),
        repeats=Counter(len(row.scores) for row in both).most_common(1)[0][0] if both else 0,
        identical=identical,
        graded=any(score not in (0, 1) for row in both for score in row.scores),
        within=None if identical else _within(shared),
        unmeasured=len({cell.row for side in every for cell in side if not cell.measured}),
    )


def _scored_rows(cells: Iterable[Cell]) -> dict[str, _Row]:
    rows: dict[str, _Row] = {}
    for cell in cells:
        if cell.score is not None:
            row = rows.setdefault(cell.row, _Row(cell.cluster))
            row.scores.append(cell.score)
            row.replies.append(cell.reply)
    return rows


def _clusters(shared: Iterable[_Pair]) -> _Clusters:
    """Return the rows that were cut from one thread together, and each other row by itself."""
    clusters: dict[tuple[bool, str], list[_Pair]] = defaultdict(list)
    for name, before, after in shared:
        # A row of its own may have the name of a thread that others were cut from.
        cluster = (bool(before.cluster), before.cluster or name)
        clusters[cluster].append((name, before, after))
    return list(clusters.values())


def _difference(cluster: Sequence[_Pair]) -> float:
    return fmean(fmean(after.scores) - fmean(before.scores) for _, before, after in cluster)


def _noise(cluster: Sequence[_Pair], difference: float) -> float:
    sides = [side.scores for _, *both in cluster for side in both]
    if min(map(len, sides)) == 1:
        # Nothing else shows how much the reply to a row varies. If the variants aren't equal, this
        # is too much.
        return difference**2
    return sum(variance(scores) / len(scores) for scores in sides) / len(cluster) ** 2


def _are_identical(rows: Iterable[_Row]) -> bool:
    repeated = [row.replies for row in rows if len(row.replies) > 1]
    return bool(repeated) and all(replies[0] and len({*replies}) == 1 for replies in repeated)


def _within(shared: Iterable[_Pair]) -> float | None:
    """Return the mean variance between the repeats of a row, of both variants together."""
    found = [
        variance(before.scores) + variance(after.scores)
        for _, before, after in shared
        if min(len(before.scores), len(after.scores)) > 1
    ]
    return fmean(found) if found else None


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _faults(cells: Iterable[Cell]) -> int:
    return sum(cell.score is None and cell.fault for cell in cells)


def _missing(cells: Iterable[Cell]) -> int:
    return sum(cell.score is None and not cell.fault for cell in cells)


def _worst_share(counts: tuple[int, int], cells: tuple[int, int]) -> float:
    return max((count / of if of else 0.0) for count, of in zip(counts, cells, strict=True))
