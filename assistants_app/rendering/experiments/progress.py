"""How far an experiment is, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.experiments import states
from assistants_app.models.experiments.snapshots import Progress
from assistants_app.rendering.components.badges import Badge
from assistants_app.rendering.components.durations import time_left
from assistants_app.rendering.experiments.cells import counted_words
from assistants_app.rendering.experiments.words import experiment_badge


@dataclass(frozen=True, slots=True)
class ProgressView:
    """The progress as the page shows it. `said` is what screen readers hear when it changes."""

    badge: Badge
    said: str
    reason: str
    ended: int
    cells: int
    counts: Sequence[str]
    time_left: str
    used: Decimal
    reserved: Decimal
    cap: Decimal | None
    percent_used: float
    is_active: bool
    may_start: bool
    may_pause: bool
    may_resume: bool
    may_cancel: bool
    may_retry: bool
    may_raise: bool
    over_budget: int


def progress_view(progress: Progress) -> ProgressView:
    """Return the progress in words, and what can be done in this state."""
    experiment, counts = progress.experiment, progress.counts
    state, badge = experiment.state, experiment_badge(experiment.state)
    without = sum(counts[each] for each in states.RETRIED)
    at_work = sum(counts[each] for each in states.AT_WORK)
    return ProgressView(
        badge=badge,
        said=_("The experiment: %(state)s") % {"state": badge.text},
        reason=experiment.pause_reason,
        ended=progress.ended,
        cells=progress.cells,
        counts=[*counted_words(counts), *_fault_words(progress.faults)],
        time_left=time_left(progress.seconds_left),
        used=progress.used,
        reserved=experiment.reserved,
        cap=experiment.cap,
        percent_used=_percent(progress.used + experiment.reserved, experiment.cap),
        # Cells at work go on to their end after a pause or a cancel.
        is_active=state == states.RUNNING
        or (state != states.READY and at_work > 0)
        # A worker will see in a moment that nothing is left.
        or (state == states.PAUSED and progress.ended == progress.cells),
        may_start=state == states.READY,
        may_pause=state == states.RUNNING,
        may_resume=state == states.PAUSED,
        may_cancel=state in (states.READY, states.RUNNING, states.PAUSED),
        may_retry=state in states.OVER and without > 0,
        may_raise=experiment.cap is not None and state != states.CANCELLED,
        over_budget=counts[states.OVER_BUDGET],
    )


def _fault_words(faults: int) -> list[str]:
    words = ngettext(
        "%(count)d fault of the model provider", "%(count)d faults of the model provider", faults
    )
    return [words % {"count": faults}] if faults else []


def _percent(used: Decimal, cap: Decimal | None) -> float:
    if not cap:
        return 0.0 if cap is None else 100.0
    return min(float(100 * used / cap), 100.0)
