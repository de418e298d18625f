"""A verdict in words. They follow the interval alone, as people are shown it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from assistants_app.domain.verdicts.intervals import STUDENT, Interval
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.domain.verdicts.phrases import Phrase, gettext_noop, ngettext
from assistants_app.domain.verdicts.verdict import (
    BETTER,
    FAULTS,
    MISSING,
    NO_ROWS,
    RUNNING,
    SAME,
    UNGRADED,
    WORSE,
    Verdict,
)

# With fewer, the interval misses some true differences 12 times out of 100 (docs/experiments.md).
FEW_ROWS = 20
# Classes of characters: letters that are written to the left, and what changes the direction.
_RIGHT_TO_LEFT = ("R", "AL", "AN")
_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@dataclass(frozen=True, slots=True)
class Names:
    """What the two variants are called."""

    baseline: str = "A"
    variant: str = "B"


def isolated(name: str) -> str:
    """Return the name so that its direction doesn't turn the words of a verdict around it."""
    directions = [unicodedata.bidirectional(sign) for sign in name]
    if not {*directions} & {*_RIGHT_TO_LEFT, *_CONTROLS}:
        return name
    # Its own controls could end the isolate.
    kept = (sign for sign, one in zip(name, directions, strict=True) if one not in _CONTROLS)
    return f"\u2068{''.join(kept)}\u2069"


@dataclass(frozen=True, slots=True)
class Description:
    """A verdict in words: what it says, on what it is based, what to know, and further figures."""

    headline: Phrase
    basis: tuple[Phrase, ...]
    notes: tuple[Phrase, ...] = ()
    details: tuple[Phrase, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, (self.headline, *self.basis, *self.notes)))


NO_NAMES = Names()


def describe(verdict: Verdict, names: Names = NO_NAMES) -> Description:
    """Return the verdict in words."""
    if verdict.reason == UNGRADED:
        # What isn't graded yet is no row without a check.
        return Description(_no_verdict(UNGRADED), ())
    basis = tuple(_basis(verdict.pairs))
    if verdict.interval is None:
        return Description(_no_verdict(verdict.reason), basis)
    return Description(
        _headline(verdict, verdict.interval, names),
        basis,
        tuple(_notes(verdict, verdict.interval)),
        tuple(_details(verdict, verdict.interval, names)),
    )


def describe_plan(rows: int, smallest: float | None) -> Phrase:
    """Return what an experiment of this size can show, before it starts.

    `smallest` is the smallest difference that it can show (sizes.py), if any.
    """
    if smallest is None:
        return ngettext(
            "%(count)d row is too few to show any difference. Add rows to the test set.",
            "%(count)d rows are too few to show any difference. Add rows to the test set.",
            rows,
        )
    return ngettext(
        "%(count)d row shows a difference of %(points)d points 8 times out of 10.",
        "%(count)d rows show a difference of %(points)d points 8 times out of 10.",
        rows,
        points=_whole_points(smallest),
    )


def signed(number: float, form: str = "g") -> str:
    """Return the number in this form with its sign, a real minus instead of a hyphen."""
    return f"{number:+{form}}".replace("-", "−")


def percent(share: float) -> str:
    """Return the share in percent without needless digits, such as 97.5."""
    return f"{100 * share:.4g}"


def _no_verdict(reason: str) -> Phrase:
    return {
        RUNNING: gettext_noop("No verdict yet. It appears when the experiment has finished."),
        UNGRADED: gettext_noop(
            "No verdict yet. It appears when people have graded all replies of the queue."
        ),
        FAULTS: gettext_noop(
            "No verdict, because the model provider failed for more than 5%% of a variant's cells. "
            "Run these cells again."
        ),
        MISSING: gettext_noop(
            "No verdict, because more than 5%% of a variant's cells have no score. Look at their "
            "errors, raise the budget if that was reached, and run these cells again."
        ),
        NO_ROWS: gettext_noop(
            "No verdict, because no row has a score under both variants. Look at the checks of the "
            "rows, and at the errors of the cells."
        ),
    }[reason]


def _headline(verdict: Verdict, found: Interval, names: Names) -> Phrase:
    low, high = found.points
    if verdict.kind == BETTER:
        return _better(low, high, names)
    if verdict.kind == WORSE:
        return _worse(-high, -low, names)
    if verdict.kind == SAME:
        return ngettext(
            "No difference larger than %(count)d point between %(baseline)s and %(variant)s.",
            "No difference larger than %(count)d points between %(baseline)s and %(variant)s.",
            max(-low, high),
            **_values(names),
        )
    return _too_few(verdict)


def _better(least: int, most: int, names: Names) -> Phrase:
    if least == 0:
        return ngettext(
            "%(variant)s is better than %(baseline)s by up to %(count)d point.",
            "%(variant)s is better than %(baseline)s by up to %(count)d points.",
            most,
            **_values(names),
        )
    return gettext_noop(
        "%(variant)s is better than %(baseline)s by %(least)d to %(most)d points.",
        **_values(names),
        least=least,
        most=most,
    )


def _worse(least: int, most: int, names: Names) -> Phrase:
    if least == 0:
        return ngettext(
            "%(variant)s is worse than %(baseline)s by up to %(count)d point.",
            "%(variant)s is worse than %(baseline)s by up to %(count)d points.",
            most,
            **_values(names),
        )
    return gettext_noop(
        "%(variant)s is worse than %(baseline)s by %(least)d to %(most)d points.",
        **_values(names),
        least=least,
        most=most,
    )


def _too_few(verdict: Verdict) -> Phrase:
    points = _whole_points(verdict.target)
    if verdict.repeats is None:
        return ngettext(
            "Too few rows: %(count)d more row would show a difference of %(points)d points.",
            "Too few rows: %(count)d more rows would show a difference of %(points)d points.",
            verdict.more_rows,
            points=points,
        )
    return ngettext(
        "Too few rows: %(count)d more row, or %(repeats)d repeats of each row, would show a "
        "difference of %(points)d points.",
        "Too few rows: %(count)d more rows, or %(repeats)d repeats of each row, would show a "
        "difference of %(points)d points.",
        verdict.more_rows,
        points=points,
        repeats=verdict.repeats,
    )


def _basis(pairs: Pairs) -> Iterator[Phrase]:
    yield ngettext("Based on %(count)d row.", "Based on %(count)d rows.", pairs.rows)
    if faults := sum(pairs.faults):
        yield ngettext(
            "%(count)d of %(cells)d cells is left out, because the model provider failed.",
            "%(count)d of %(cells)d cells are left out, because the model provider failed.",
            faults,
            cells=sum(pairs.cells),
        )
    if missing := sum(pairs.missing):
        yield ngettext(
            "%(count)d of %(cells)d cells is left out, because it has no score.",
            "%(count)d of %(cells)d cells are left out, because they have no score.",
            missing,
            cells=sum(pairs.cells),
        )
    if pairs.unmeasured:
        yield ngettext(
            "%(count)d row is left out, because it has no check for the main metric.",
            "%(count)d rows are left out, because they have no check for the main metric.",
            pairs.unmeasured,
        )
    if len(pairs.differences) < pairs.rows:
        yield ngettext(
            "Rows from the same thread are averaged, which leaves %(count)d to compare.",
            "Rows from the same thread are averaged, which leaves %(count)d to compare.",
            len(pairs.differences),
        )
    if pairs.repeats > 1 and pairs.identical:
        yield gettext_noop("All repeats of a row got the same reply, so they count as one.")
    elif pairs.repeats > 1:
        yield gettext_noop(
            "Each row ran %(repeats)d times with each variant.", repeats=pairs.repeats
        )


def _notes(verdict: Verdict, found: Interval) -> Iterator[Phrase]:
    level = percent(found.confidence)
    if verdict.extensions:
        yield gettext_noop(
            "The experiment was extended after somebody had seen its verdict, so this interval has "
            "a confidence of %(confidence)s%% instead of 95%%.",
            confidence=level,
        )
    if verdict.comparisons > 1:
        yield gettext_noop(
            "%(variants)d variants are compared with the baseline, so each interval has a "
            "confidence of %(confidence)s%% instead of 95%%.",
            variants=verdict.comparisons,
            confidence=level,
        )
    low, high = found.points
    margin = _whole_points(verdict.margin)
    if found.sign and max(-low, high) <= margin:
        yield ngettext(
            "The difference is too small to matter: this experiment looks for %(count)d point.",
            "The difference is too small to matter: this experiment looks for %(count)d points.",
            margin,
        )
    if len(verdict.pairs.differences) < FEW_ROWS:
        yield gettext_noop(
            "With fewer than %(rows)d rows, an interval misses more often than it says. Add rows "
            "before you decide.",
            rows=FEW_ROWS,
        )


def _details(verdict: Verdict, found: Interval, names: Names) -> Iterator[Phrase]:
    pairs = verdict.pairs
    yield gettext_noop(
        "Mean score: %(baseline)s %(before)s, %(variant)s %(after)s.",
        **_values(names),
        before=f"{100 * pairs.baseline_mean:.1f}",
        after=f"{100 * pairs.variant_mean:.1f}",
    )
    low, high = found.points
    ends = {"low": signed(low), "high": signed(high), "confidence": percent(found.confidence)}
    observed = signed(100 * found.estimate, ".1f")
    if found.method == STUDENT:
        yield gettext_noop(
            "Difference: %(observed)s points, from %(low)s to %(high)s with %(confidence)s%% "
            "confidence (Student's t).",
            observed=observed,
            **ends,
        )
    else:
        yield gettext_noop(
            "Difference: %(observed)s points, from %(low)s to %(high)s with %(confidence)s%% "
            "confidence (Bayesian bootstrap).",
            observed=observed,
            **ends,
        )
    yield gettext_noop(
        "Rows: %(better)d better, %(worse)d worse, %(tied)d the same.",
        better=pairs.better,
        worse=pairs.worse,
        tied=len(pairs.differences) - pairs.better - pairs.worse,
    )
    yield gettext_noop("McNemar's exact test: p = %(p)s.", p=f"{verdict.p_value:.3g}")


def _whole_points(share: float) -> int:
    return max(ceil(100 * share - 1e-6), 1)


def _values(names: Names) -> dict[str, object]:
    return {"baseline": names.baseline, "variant": names.variant}
