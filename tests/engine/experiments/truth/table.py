"""How often experiments with a known truth were right, for docs/experiments.md."""

from collections.abc import Iterator, Sequence

from scipy.stats import beta

from assistants_app.domain.verdicts.verdict import BETTER, NONE, SAME, TOO_FEW, WORSE
from tests.engine.experiments.truth.foreseen import Ended

KINDS = (BETTER, WORSE, SAME, TOO_FEW, NONE)


def share(count: int, of: int) -> str:
    """Return the share in percent, with its exact 95% interval (Clopper and Pearson)."""
    low = beta.ppf(0.025, count, of - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, of - count) if count < of else 1.0
    return f"{count} of {of}: {count / of:.1%} (95%: {low:.1%} to {high:.1%})"


def table(ended: Sequence[Ended]) -> Iterator[str]:
    """Yield the lines of the table and of the sums below it."""
    yield (
        "| True difference | Experiments | Better | Worse | No difference | Too few rows | None "
        "| Wrong |"
    )
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for truth in sorted({one.truth for one in ended}):
        some = [one for one in ended if one.truth == truth]
        counts = [sum(one.kind == kind for one in some) for kind in KINDS]
        figures = [f"{100 * truth:+.0f}" if truth else "0", len(some), *counts]
        yield "| " + " | ".join(map(str, [*figures, sum(one.wrong for one in some)])) + " |"
    decided = [one for one in ended if one.kind in (BETTER, WORSE, SAME)]
    with_interval = [one for one in ended if one.interval]
    yield ""
    yield f"wrong, of all experiments: {share(sum(one.wrong for one in ended), len(ended))}"
    if decided:
        yield f"wrong, of verdicts: {share(sum(one.wrong for one in decided), len(decided))}"
    if with_interval:
        missed = sum(one.missed for one in with_interval)
        yield f"truth outside the interval: {share(missed, len(with_interval))}"
    yield (
        f"cells {sum(one.cells for one in ended):,}, begun {sum(one.begun for one in ended):,} "
        f"times, without a result {sum(one.lost for one in ended):,}; "
        f"paused {sum(one.paused for one in ended)}, "
        f"extended by rows {sum(one.extended == 'rows' for one in ended)}, "
        f"by repeats {sum(one.extended == 'repeats' for one in ended)}"
    )
