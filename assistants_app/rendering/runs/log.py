"""The run log: a run's model calls and steps on a time axis, with their tokens and costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.money.prices import DEAREST, NONE, Price
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Run, RunStep
from assistants_app.models.snapshots import LoggedCall, LoggedRun
from assistants_app.rendering.components.badges import run_badge, run_word
from assistants_app.rendering.runs.outcome import run_end
from assistants_app.rendering.runs.values import shown_values
from assistants_app.rendering.tool_calls.cards import call_name, pretty_object
from assistants_app.wire.runs.runs import run_object, usage_object
from assistants_app.wire.runs.steps import MESSAGE_CREATION, step_object

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
    """A step on the time axis. Times are in seconds, `cost` is in dollars.

    `seconds` is the time that the step took, without `waited`, the time for which the run waited
    for outputs of its functions.

    `name` is the step's name in the API, `label` the one for people. `of_call`: its tokens are
    those of a model call that has a row.
    """

    step: RunStep
    name: str
    label: str
    stretches: list[Stretch]
    seconds: float
    waited: float | None
    first_token: float | None
    tokens: int
    usage: dict[str, Any]
    cost: Decimal | None
    waiting: bool
    json: str
    of_call: bool = False

    @property
    def row_id(self) -> str:
        """Return the ID of the thread's row that shows the step: its message, or the step."""
        message = self.step.step_details.get("message_creation", {})
        return str(message.get("message_id") or self.step.id)

    @property
    def begin(self) -> float:
        return self.stretches[0].begin

    @property
    def waiting_begin(self) -> float:
        """Return when the waiting began, in seconds since the run was created."""
        return self.stretches[-1].begin

    @property
    def active(self) -> bool:
        return self.step.status == run_status.IN_PROGRESS

    @property
    def failed(self) -> bool:
        return self.step.status == run_status.FAILED

    @property
    def shape(self) -> str:
        """Return the bar's class in ``static/css/log.css``."""
        return BAR_SHAPES.get(self.step.status, "")

    @property
    def status_word(self) -> str:
        return run_word(self.step.status)

    @property
    def note(self) -> str:
        """Return the step's status if it is remarkable, or ""."""
        return "" if self.step.status in UNREMARKABLE else self.status_word


@dataclass(frozen=True, slots=True)
class CallBar:
    """A model call on the time axis, with the steps that it led to.

    `call` is None while the model answers. `begin` is in seconds since the run was created,
    `first_token` in seconds since the call began.
    """

    call: LoggedCall | None
    number: int
    stretches: list[Stretch]
    begin: float
    seconds: float
    first_token: float | None
    prompt: int
    completion: int
    cost: Decimal | None
    about: str
    steps: list[Bar]

    @property
    def failed(self) -> bool:
        return self.call is not None and self.call.failed

    @property
    def why(self) -> str:
        """Return why the call failed, or the status of its response, which often says nothing."""
        return str(self.call.error or self.call.status or "") if self.call else ""

    @property
    def shape(self) -> str:
        """Return the bar's class in ``static/css/log.css``."""
        return "fail" if self.failed else "model"


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the log: a model call with its steps, or a step without a stored model call."""

    call: CallBar | None
    steps: Sequence[Bar]


def log_context(runs: Sequence[Run], logged: LoggedRun | None) -> dict[str, Any]:
    """Return the context of the run log: the steps of `logged` on a time axis, and `runs`, newest
    first, to choose from.
    """
    choices = [(item, run_word(item.status)) for item in runs]
    if logged is None:
        return {"choices": choices, "run": None}
    run, steps, price = logged.run, logged.steps, logged.run.known_price
    now = timezone.now()
    total = _axis_length(run, steps, now)
    first = min((step.first_token_at for step in steps if step.first_token_at), default=None)
    axis = _Axis(run, total, now, price)
    bars = [axis.bar(step) for step in steps]
    return {
        "choices": choices,
        "run": run,
        "run_badge": run_badge(run.status),
        "end": run_end(run),
        **_neighbours(runs, run),
        "usage": usage_object(run.usage),
        "about": "≈ " if run.usage.get("estimated") else "",
        "values": shown_values(run, logged.file_names),
        "cost": run.cost if run.usage else None,
        "rough": run.cost_estimated or run.cost_origin == DEAREST,
        "json": pretty_object(run_object(run)),
        "bars": bars,
        "rows": _rows(axis, logged, bars),
        "no_price": run.cost_origin == NONE,
        "queued": _seconds_between(run.created_at, run.started_at),
        "first_token": _seconds_between(run.created_at, first),
        "total": total,
        **_run_time(bars, total),
        "active": run.status in run_status.ACTIVE,
        "sessions": run.usage.get("code_sessions", 0),
        "thread_sessions": logged.code_sessions,
    }


def _axis_length(run: Run, steps: Sequence[RunStep], now: datetime) -> float:
    """Return the length of the time axis in seconds."""
    end = run.completed_at or run.failed_at or run.cancelled_at
    if run.status in run_status.TERMINAL and end is None:
        # The run ended without such a time, so the axis ends with its last step.
        end = max([step.ended_at or now for step in steps], default=run.expires_at)
    # Never 0, because widths are divided by it.
    return max(((end or now) - run.created_at).total_seconds(), 0.001)


def _run_time(bars: Sequence[Bar], total: float) -> dict[str, Any]:
    """Return the run's time without the time for which it waited for outputs, and that time."""
    waited = [bar.waited for bar in bars if bar.waited is not None]
    return {
        "run_time": total - sum(waited),
        "waited": sum(waited) if waited else None,
        "waits": any(bar.waiting for bar in bars),
    }


def _neighbours(runs: Sequence[Run], run: Run) -> dict[str, str | None]:
    """Return the IDs of the previous and next run among `runs`."""
    ids = [item.id for item in runs]
    return {
        "previous_run": dict(pairwise(ids)).get(run.id),
        "next_run": dict(pairwise(reversed(ids))).get(run.id),
    }


@dataclass(frozen=True, slots=True)
class _Axis:
    run: Run
    total: float
    now: datetime
    price: Price | None

    def bar(self, step: RunStep) -> Bar:
        end = step.ended_at
        is_open = step.status == run_status.IN_PROGRESS
        return Bar(
            step=step,
            name=step_name(step),
            label=step_label(step),
            stretches=self._stretches(step, end),
            seconds=((step.waits_since or end or self.now) - step.created_at).total_seconds(),
            waited=((end or self.now) - step.waits_since).total_seconds()
            if step.waits_since
            else None,
            first_token=_seconds_between(step.created_at, step.first_token_at),
            tokens=step.usage.get("completion_tokens", 0),
            usage=usage_object(step.usage),
            cost=self.price.of(step.usage) if self.price and step.usage else None,
            waiting=is_open and self.run.status == run_status.REQUIRES_ACTION,
            json=pretty_object(step_object(step)),
        )

    def call(self, call: LoggedCall, number: int, steps: list[Bar]) -> CallBar:
        """Return the row of a stored model call."""
        usage = _usage_of(call, steps)
        return CallBar(
            call=call,
            number=number,
            stretches=[self._stretch(call.started_at, call.ended_at)],
            begin=(call.started_at - self.run.created_at).total_seconds(),
            seconds=(call.ended_at - call.started_at).total_seconds(),
            first_token=_seconds_between(call.started_at, call.first_token_at),
            prompt=usage.get("prompt_tokens", 0),
            completion=usage.get("completion_tokens", 0),
            cost=self.price.of(usage) if self.price and usage else None,
            about="≈ " if usage.get("estimated") else "",
            steps=steps,
        )

    def current_call(self, begin: datetime, number: int, steps: list[Bar]) -> CallBar:
        """Return the row of a model call that goes on, and so isn't stored yet."""
        first = min(
            (bar.step.first_token_at for bar in steps if bar.step.first_token_at), default=None
        )
        return CallBar(
            call=None,
            number=number,
            stretches=[self._stretch(begin, None)],
            begin=(begin - self.run.created_at).total_seconds(),
            seconds=(self.now - begin).total_seconds(),
            first_token=_seconds_between(begin, first),
            prompt=0,
            completion=0,
            cost=None,
            about="≈ ",
            steps=steps,
        )

    def _stretches(self, step: RunStep, end: datetime | None) -> list[Stretch]:
        """Return the model's part of the bar, and the part in which the run waited for outputs."""
        if step.waits_since is None:
            return [self._stretch(step.created_at, end)]
        return [
            self._stretch(step.created_at, step.waits_since),
            self._stretch(step.waits_since, end, waits=True),
        ]

    def _stretch(self, begin: datetime, end: datetime | None, *, waits: bool = False) -> Stretch:
        begins = (begin - self.run.created_at).total_seconds()
        ends = _seconds_between(self.run.created_at, end)
        start = 100 * begins / self.total
        width = 100 * ((self.total if ends is None else ends) - begins) / self.total
        # Even the thinnest bar at the end of the axis stays within it.
        return Stretch(begins, ends, min(start, 100 - THINNEST), max(width, THINNEST), waits)


def step_name(step: RunStep) -> str:
    """Return the step's name in the API: its type, or the names of its tool calls."""
    calls = step.step_details.get("tool_calls", [])
    return ", ".join(call_name(call) for call in calls) or step.type


def step_label(step: RunStep) -> str:
    """Return the step's name for people."""
    words = {
        MESSAGE_CREATION: _("Reply"),
        CODE_INTERPRETER: _("Python"),
        FILE_SEARCH: _("File search"),
        "tool_calls": _("Tool call"),
    }
    calls = step.step_details.get("tool_calls", [])
    names = [
        call_name(call) if call["type"] == FUNCTION else words.get(call["type"], call["type"])
        for call in calls
    ]
    return ", ".join(names) or words.get(step.type, step.type)


def _rows(axis: _Axis, logged: LoggedRun, bars: Sequence[Bar]) -> list[LogRow]:
    """Return the model calls and steps in the order of their begin."""
    caller = {step_id: call.id for call in logged.calls for step_id in call.step_ids}
    rows = [
        (call.started_at, LogRow(axis.call(call, number, own), own))
        for number, call in enumerate(logged.calls, 1)
        for own in [[_of_call(bar) for bar in bars if caller.get(bar.step.id) == call.id]]
    ]
    alone = [bar for bar in bars if bar.step.id not in caller]
    current = [bar for bar in alone if bar.active] if _model_answers(logged, caller) else None
    if current is not None:
        begin = _begin_of_current_call(logged)
        own = [_of_call(bar) for bar in current]
        row = axis.current_call(begin, len(logged.calls) + 1, own)
        rows.append((begin, LogRow(row, own)))
    rows += [
        (bar.step.created_at, LogRow(None, [bar])) for bar in alone if bar not in (current or ())
    ]
    return [row for _begin, row in sorted(rows, key=itemgetter(0))]


def _of_call(bar: Bar) -> Bar:
    return replace(bar, of_call=True)


def _model_answers(logged: LoggedRun, caller: Mapping[str, str]) -> bool:
    """Return whether a model call goes on. It is stored when it ends."""
    run = logged.run
    if run.status != run_status.IN_PROGRESS or run.started_at is None:
        return False
    # If calls aren't stored, a step that is being written looks like one that is carried out.
    is_open = [step for step in logged.steps if step.status == run_status.IN_PROGRESS]
    return conf.PROVIDER_CALL_DAYS > 0 and not any(step.id in caller for step in is_open)


def _begin_of_current_call(logged: LoggedRun) -> datetime:
    ends = [step.ended_at for step in logged.steps] + [call.ended_at for call in logged.calls]
    began = logged.run.started_at or logged.run.created_at
    return max([began, *(end for end in ends if end is not None)])


def _usage_of(call: LoggedCall, steps: Sequence[Bar]) -> Mapping[str, Any]:
    """Return the tokens of a model call, as they are counted in its steps or were reported."""
    # The steps first: the sum of the rows is then the run's, also if the tokens are estimated.
    counted = next((bar.step.usage for bar in steps if bar.step.usage), None)
    return counted or _reported_counts(call.usage or {})


def _reported_counts(usage: Mapping[str, Any]) -> dict[str, int]:
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    counts = {
        "prompt_tokens": usage.get("prompt_tokens"),
        "completion_tokens": usage.get("completion_tokens"),
        "cached_tokens": cached,
    }
    # The endpoint's own words: anything but numbers counts as not reported.
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _seconds_between(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()


def render_log(
    runs: Sequence[Run], logged: LoggedRun | None, *, chosen: bool = False
) -> SafeString:
    """Render the run log. `chosen`: somebody chose this run, and it isn't the current one."""
    context = {**log_context(runs, logged), "chosen": chosen}
    return render_to_string("runs/_log.html", context)
