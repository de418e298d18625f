"""What an experiment will cost, how long it will take, and what it can show: before it starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistants_app.domain.verdicts.intervals import confidence
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.domain.verdicts.phrases import Phrase, gettext_noop, ngettext
from assistants_app.domain.verdicts.sizes import smallest_difference
from assistants_app.domain.verdicts.words import describe_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEstimate:
    """What one cell of a variant is expected to take, its judge included.

    `most_dollars` is what is reserved: the cost if every model call fills its limit of tokens.
    `seconds` is None if nothing like it has run yet.
    """

    dollars: Decimal
    most_dollars: Decimal
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An experiment before its start. `seconds` is None if nothing like it has run yet.

    `unchecked` rows have no check for the main metric, and what `unpriced` models cost is unknown.
    `alike` are two variants, by their letters, that are configured alike.
    """

    rows: int
    cells: int
    dollars: Decimal
    most_dollars: Decimal
    seconds: float | None
    confidence: float
    smallest: float | None
    unchecked: int = 0
    unpriced: tuple[str, ...] = ()
    alike: tuple[str, str] | None = None

    def describe(self, cap: Decimal | None = None) -> Iterator[Phrase]:
        """Yield the plan in words: what it can show, and whether it may reach the cap."""
        yield describe_plan(self.rows - self.unchecked, self.smallest)
        if self.alike:
            one, other = self.alike
            yield gettext_noop(
                "%(one)s and %(other)s are configured alike, so only chance can make a difference. "
                "Change one of them, unless you want to see how large chance is.",
                one=one,
                other=other,
            )
        if self.unchecked:
            yield ngettext(
                "%(count)d row has no check for the main metric, so it says nothing. Add checks to "
                "it first.",
                "%(count)d rows have no check for the main metric, so they say nothing. Add checks "
                "to them first.",
                self.unchecked,
            )
        for model in self.unpriced:
            yield gettext_noop(
                "The price of %(model)s is unknown, so its cost isn't counted.", model=model
            )
        if cap is not None and self.dollars > cap:
            yield gettext_noop(
                "This is expected to cost %(dollars)s, more than the budget of %(cap)s. Raise the "
                "budget, or leave out rows, variants or repeats.",
                dollars=_dollars(self.dollars),
                cap=_dollars(cap),
            )
        elif cap is not None and self.most_dollars > cap:
            yield gettext_noop(
                "Long replies can bring the cost to %(dollars)s, more than the budget of %(cap)s. "
                "Cells that don't fit won't run.",
                dollars=_dollars(self.most_dollars),
                cap=_dollars(cap),
            )


def plan(
    variants: Sequence[CellEstimate],
    *,
    rows: int,
    repeats: int,
    at_once: int,
    measured: Pairs | None = None,
    cells: int | None = None,
    unchecked: int = 0,
    unpriced: Sequence[str] = (),
    alike: tuple[str, str] | None = None,
) -> Plan:
    """Return what an experiment takes and shows. The first of the variants is the baseline.

    `at_once` is how many cells run at the same time, and `measured` an earlier experiment on the
    same test set. `cells` is how many each variant has if rows have repeats of their own.
    """
    cells = rows * repeats if cells is None else cells
    counted = rows - unchecked
    level = confidence(comparisons=max(len(variants) - 1, 1))
    return Plan(
        rows=rows,
        cells=cells * len(variants),
        dollars=sum((each.dollars for each in variants), Decimal(0)) * cells,
        most_dollars=sum((each.most_dollars for each in variants), Decimal(0)) * cells,
        seconds=_seconds(variants, cells, at_once),
        confidence=level,
        smallest=smallest_difference(counted, confidence=level, measured=measured, repeats=repeats)
        if counted
        else None,
        unchecked=unchecked,
        unpriced=tuple(unpriced),
        alike=alike,
    )


def time_left(*, done: int, left: int, seconds: float) -> float | None:
    """Return the seconds that the cells left will take, as those done in the last `seconds` did.

    It's None before a cell is done.
    """
    return left * seconds / done if done else None


def _seconds(variants: Sequence[CellEstimate], cells: int, at_once: int) -> float | None:
    known = [each.seconds for each in variants if each.seconds is not None]
    if not known or not cells:
        return None
    # A variant that never ran is assumed to be as slow as the others on average.
    each = sum(known) / len(known)
    # However many run at once, none ends sooner than it takes.
    return max(each * cells * len(variants) / at_once, *known)


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"
