"""The run log: a run's steps on a time axis, with their tokens and costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain import run_status
from assistants_app.domain.cost import Price
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Run, RunStep
from assistants_app.models.snapshots import LoggedRun
from assistants_app.rendering.components.badges import run_badge
from assistants_app.rendering.runs.outcome import run_end
from assistants_app.rendering.tool_calls.cards import call_name, pretty_object
from assistants_app.wire.runs.runs import run_object, usage_object
from assistants_app.wire.runs.steps import step_object

SESSION_DOLLARS = 0.03  # OpenAI's price for a code interpreter session
THINNEST = 1.0  # percent of the axis; a shorter bar would be invisible
BAR_SHAPES = {
    run_status.FAILED: "fail",
    run_status.EXPIRED: "fail",
    run_status.CANCELLED: "stopped",
}
UNREMARKABLE = (run_status.COMPLETED, run_status.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar.

    `begin`, `end`: seconds since the run was created; `end` is None while the step continues.
    `start`, `width`: percent of the axis.
    `waits`: the run waits for a person, not for the model.
    """

    begin: float
    end: float | None
    start: float
    width: float
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A step on the time axis. Times are in seconds, `cost` is in dollars."""

    step: RunStep
    label: str
    stretches: list[Stretch]
    seconds: float
    first_token: float | None
    tokens: int
    usage: dict[str, Any]
    cost: Decimal | None
    waiting: bool
    json: str

    @property
    def failed(self) -> bool:
        return self.step.status == run_status.FAILED

    @property
    def shape(self) -> str:
        """Return the bar's class in ``static/css/log.css``."""
        return BAR_SHAPES.get(self.step.status, "")

    @property
    def note(self) -> str:
        """Return the step's status if it is remarkable, or ""."""
        if self.waiting:
            return _("waiting")
        return "" if self.step.status in UNREMARKABLE else self.step.status


def log_context(runs: Sequence[Run], logged: LoggedRun | None) -> dict[str, Any]:
    """Return the context of the run log: the steps of `logged` on a time axis, and `runs`, newest
    first, to choose from.
    """
    if logged is None:
        return {"runs": runs, "run": None}
    run, steps, price = logged.run, logged.steps, logged.price
    now = timezone.now()
    total = _axis_length(run, steps, now)
    first = min((step.first_token_at for step in steps if step.first_token_at), default=None)
    axis = _Axis(run, total, now, price, logged.answered_at)
    return {
        "runs": runs,
        "run": run,
        "run_badge": run_badge(run.status),
        "end": run_end(run),
        **_neighbours(runs, run),
        "usage": usage_object(run.usage),
        "about": "≈ " if run.usage.get("estimated") else "",
        "cost": price.of(run.usage) if price and run.usage else None,
        "json": pretty_object(run_object(run)),
        "bars": [axis.bar(step) for step in steps],
        "queued": _seconds_between(run.created_at, run.started_at),
        "first_token": _seconds_between(run.created_at, first),
        "total": total,
        "active": run.status in run_status.ACTIVE,
        **_session_costs(run, logged.code_sessions),
    }


def _axis_length(run: Run, steps: Sequence[RunStep], now: datetime) -> float:
    """Return the length of the time axis in seconds."""
    end = run.completed_at or run.failed_at or run.cancelled_at
    if run.status in run_status.TERMINAL and end is None:
        # The run ended without such a time, so the axis ends with its last step.
        end = max([_end_of(step) or now for step in steps], default=run.expires_at)
    # Never 0, because widths are divided by it.
    return max(((end or now) - run.created_at).total_seconds(), 0.001)


def _neighbours(runs: Sequence[Run], run: Run) -> dict[str, str | None]:
    """Return the IDs of the previous and next run among `runs`."""
    ids = [item.id for item in runs]
    if run.id not in ids:
        return {"previous_run": None, "next_run": None}
    place = ids.index(run.id)
    return {
        "previous_run": ids[place + 1] if place + 1 < len(ids) else None,
        "next_run": ids[place - 1] if place else None,
    }


def _session_costs(run: Run, of_thread: int) -> dict[str, Any]:
    of_run = run.usage.get("code_sessions", 0)
    return {
        "session_price": SESSION_DOLLARS,
        "sessions": of_run,
        "thread_sessions": of_thread,
        "sessions_cost": of_run * SESSION_DOLLARS,
        "thread_sessions_cost": of_thread * SESSION_DOLLARS,
    }


@dataclass(frozen=True, slots=True)
class _Axis:
    run: Run
    total: float
    now: datetime
    price: Price | None
    answered_at: Mapping[str, datetime]

    def bar(self, step: RunStep) -> Bar:
        calls = step.step_details.get("tool_calls", [])
        end = _end_of(step)
        is_open = step.status == run_status.IN_PROGRESS
        return Bar(
            step=step,
            label=", ".join(call_name(call) for call in calls) or step.type,
            stretches=self._stretches(step, end),
            seconds=((end or self.now) - step.created_at).total_seconds(),
            first_token=_seconds_between(step.created_at, step.first_token_at),
            tokens=step.usage.get("completion_tokens", 0),
            usage=usage_object(step.usage),
            cost=self.price.of(step.usage) if self.price and step.usage else None,
            waiting=is_open and self.run.status == run_status.REQUIRES_ACTION,
            json=pretty_object(step_object(step)),
        )

    def _stretches(self, step: RunStep, end: datetime | None) -> list[Stretch]:
        """Return the model's part of the bar, and the person's, if the step waited for outputs."""
        calls = step.step_details.get("tool_calls", [])
        if not any(call["type"] == FUNCTION for call in calls):
            return [self._stretch(step.created_at, end)]
        waits_for = self.run.status == run_status.REQUIRES_ACTION and end is None
        given = all(
            call["function"]["output"] is not None for call in calls if call["type"] == FUNCTION
        )
        answered = self.answered_at.get(step.id, step.created_at if waits_for else None)
        if answered is None or not (waits_for or given or end):
            return [self._stretch(step.created_at, end)]
        return [self._stretch(step.created_at, answered), self._stretch(answered, end, waits=True)]

    def _stretch(self, begin: datetime, end: datetime | None, *, waits: bool = False) -> Stretch:
        begins = (begin - self.run.created_at).total_seconds()
        ends = _seconds_between(self.run.created_at, end)
        start = 100 * begins / self.total
        width = 100 * ((self.total if ends is None else ends) - begins) / self.total
        # Even the thinnest bar at the end of the axis stays within it.
        return Stretch(begins, ends, min(start, 100 - THINNEST), max(width, THINNEST), waits)


def _end_of(step: RunStep) -> datetime | None:
    return step.completed_at or step.failed_at or step.cancelled_at or step.expired_at


def _seconds_between(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()


def render_log(
    runs: Sequence[Run], logged: LoggedRun | None, *, chosen: bool = False
) -> SafeString:
    """Render the run log. `chosen`: somebody chose this run, and it isn't the current one."""
    context = {**log_context(runs, logged), "chosen": chosen}
    return render_to_string("runs/_log.html", context)
