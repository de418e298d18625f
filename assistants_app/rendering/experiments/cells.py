"""Cells of the matrix in words and signs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.experiments import states
from assistants_app.models.experiments.snapshots import CellGroup
from assistants_app.rendering.components.badges import ERR, OK, RUN, WARN

# A difference of averages that is smaller than this comes from the rounding of floats.
_TIE = 1e-9
SNIPPET = 160  # characters of a reply
WITHOUT_RESULT = (states.ERROR, states.OVER_BUDGET)


@dataclass(frozen=True, slots=True)
class CellView:
    """The repeats of a row with a variant: an icon with its tone, and what they came to.

    `figure` and `change` (from the baseline) are "" where they say nothing new. `reply` is how the
    last reply begins.
    """

    icon: str
    tone: str
    words: str
    figure: str = ""
    change: str = ""
    change_icon: str = ""
    change_tone: str = ""
    reply: str = ""


def cell_view(group: CellGroup) -> CellView:
    """Return the repeats of a row with a variant as the matrix shows them."""
    icon, tone = _sign(group)
    change, change_icon, change_tone = _change(group.change)
    replies = [cell.reply for cell in group.cells if cell.reply]
    return CellView(
        icon=icon,
        tone=tone,
        words=", ".join(_parts(group)),
        figure=_figure(group),
        change=change,
        change_icon=change_icon,
        change_tone=change_tone,
        reply=" ".join(replies[-1].split())[:SNIPPET] if replies else "",
    )


def _sign(group: CellGroup) -> tuple[str, str]:
    signs: tuple[tuple[tuple[str, ...], str, str], ...] = (
        ((states.FOR_PERSON,), "users", WARN),
        (states.AT_WORK, "refresh-cw", RUN),
        (WITHOUT_RESULT, "triangle-alert", WARN),
        ((states.WAITING,), "history", ""),
    )
    for wanted, icon, tone in signs:
        if group.in_states(*wanted):
            return icon, tone
    if not group.results:
        return ("gauge", "") if group.figure is not None else ("circle-alert", "")
    if group.passed == group.results:
        return "circle-check", OK
    return ("chevrons-up-down", WARN) if group.passed else ("x", ERR)


def _parts(group: CellGroup) -> list[str]:
    """Return what the repeats came to, such as "2 of 3 passed" and "1 error"."""
    if not group.cells:
        return [_("Not run")]
    if len(group.cells) == 1:
        cell = group.cells[0]
        if cell.passed is not None:
            return [_("Passed") if cell.passed else _("Failed")]
        return [state_word(cell.state)]
    parts = []
    if group.results:
        words = _("%(passed)d of %(results)d passed")
        parts.append(words % {"passed": group.passed, "results": group.results})
    for wanted, words_of in _COUNTED:
        if count := group.in_states(*wanted):
            parts.append(words_of(count) % {"count": count})
    return parts or [state_word(states.GRADED)]


def state_word(state: str) -> str:
    """Return the state of a cell in words."""
    return {
        states.WAITING: _("Waiting"),
        states.ANSWERING: _("Answering"),
        states.GRADING: _("Being graded"),
        states.FOR_PERSON: _("Waiting for a person"),
        states.GRADED: _("Graded"),
        states.ERROR: _("Error"),
        states.SKIPPED: _("Skipped"),
        states.OVER_BUDGET: _("Over budget"),
    }[state]


# How many cells are in these states, in words.
_COUNTED: tuple[tuple[tuple[str, ...], Callable[[int], str]], ...] = (
    ((states.FOR_PERSON,), lambda _count: _("%(count)d waiting for a person")),
    (states.AT_WORK, lambda _count: _("%(count)d running")),
    ((states.WAITING,), lambda _count: _("%(count)d waiting")),
    (
        (states.ERROR,),
        lambda count: ngettext("%(count)d error", "%(count)d errors", count),
    ),
    ((states.OVER_BUDGET,), lambda _count: _("%(count)d over budget")),
    ((states.SKIPPED,), lambda _count: _("%(count)d skipped")),
)


def counted_words(counts: Mapping[str, int]) -> list[str]:
    """Return in words how many cells are in which states, without those that have a result."""
    return [
        words_of(count) % {"count": count}
        for wanted, words_of in _COUNTED
        if (count := sum(counts[state] for state in wanted))
    ]


def _figure(group: CellGroup) -> str:
    if group.figure is None:
        return ""
    # The share of passes is said already.
    if group.results and abs(group.figure - group.passed / group.results) < _TIE:
        return ""
    return f"{group.figure:.2f}"


def _change(change: float | None) -> tuple[str, str, str]:
    if change is None or abs(change) < _TIE:
        return "", "", ""
    points = max(round(100 * abs(change)), 1)
    if change > 0:
        return _("better, +%(points)d") % {"points": points}, "chevron-up", OK
    return _("worse, −%(points)d") % {"points": points}, "chevron-down", ERR
