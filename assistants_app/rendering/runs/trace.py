"""A run's trace: its steps with their input and output, and its events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.domain.words.written import written_text
from assistants_app.events.log import Event, position
from assistants_app.models import Message, Run, RunStep
from assistants_app.models.kept_events import KeptEvent
from assistants_app.models.snapshots import LoggedRun
from assistants_app.rendering.runs.log import Bar, CallBar, log_context
from assistants_app.rendering.text.folded_json import render_json
from assistants_app.rendering.text.json_lines import is_json, json_line
from assistants_app.rendering.tool_calls.cards import pretty
from assistants_app.rendering.tool_calls.tapes import answered_by
from assistants_app.wire.runs.runs import run_object

# The events of a run's thread in the log, or what is kept of the run's.
RunEvents = Sequence[Event] | Sequence[KeptEvent]

SHOWN_EVENTS = 500
SHOWN_CHARACTERS = 160
CONFIGURATION = (
    *("model", "instructions", "tools", "response_format", "temperature", "top_p"),
    *("reasoning_effort", "tool_choice", "parallel_tool_calls", "truncation_strategy"),
    *("max_prompt_tokens", "max_completion_tokens"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """An input or output of a step."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class TracedStep:
    """A step with its bar on the time axis."""

    bar: Bar
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class TracedRow:
    """A model call with its steps, or a step without a stored model call."""

    call: CallBar | None
    steps: list[TracedStep]


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """An event. `after` is in seconds since the run was created, `gap` since the previous event.

    `size` is that of the data in bytes. Once the log has expired, `event` is None.
    """

    name: str
    at: datetime
    after: float
    gap: float
    size: int
    event: Event | None

    @property
    def excerpt(self) -> str:
        """Return the beginning of the event's data."""
        return self.event.data[:SHOWN_CHARACTERS] if self.event else ""


def trace_context(
    logged: LoggedRun,
    messages: Sequence[Message],
    events: RunEvents | None,
    *,
    wanted: str = "",
) -> dict[str, Any]:
    """Return the context of the trace. `events` is None if the log is unavailable. Only events
    whose names contain `wanted` are shown.
    """
    shown = log_context([], logged)
    texts = {message.id: written_text(message.content) for message in messages}
    return {
        **shown,
        "rows": [
            TracedRow(row.call, [TracedStep(bar, parts_of(bar.step, texts)) for bar in row.steps])
            for row in shown["rows"]
        ],
        "configuration": render_json(_configuration(logged.run)),
        "queued_width": 100 * (shown["queued"] or 0) / shown["total"],
        **events_context(logged.run, events, wanted),
    }


def _configuration(run: Run) -> dict[str, Any]:
    """Return what the run took from its assistant and its request, in the API's words."""
    shown = run_object(run)
    return {name: shown[name] for name in CONFIGURATION if name in shown}


def events_context(run: Run, events: RunEvents | None, wanted: str) -> dict[str, Any]:
    """Return the context of a list of the run's events; see :func:`trace_context`."""
    every = list(trace_events(run, events or ()))
    traced = [item for item in every if wanted in item.name]
    return {
        "events": traced[:SHOWN_EVENTS],
        "more_events": max(len(traced) - SHOWN_EVENTS, 0),
        "any_events": bool(every),
        "log_unread": events is None,
        "data_expired": any(item.event is None for item in every),
        "wanted": wanted,
    }


def parts_of(step: RunStep, texts: Mapping[str, str]) -> list[Part]:
    """Return a step's input and output. `texts` are the texts of messages, by ID."""
    details = step.step_details
    if "tool_calls" in details:
        return [part for call in details["tool_calls"] for part in _parts_of_call(call)]
    message_id = details.get("message_creation", {}).get("message_id", "")
    return [Part(_("Message"), texts[message_id])] if texts.get(message_id) else []


def _parts_of_call(call: Mapping[str, Any]) -> Iterator[Part]:
    kind = call["type"]
    details = call[kind]
    if kind == FUNCTION:
        written = details["arguments"]
        what = _("arguments") if is_json(written) else _("arguments, invalid JSON")
        yield Part(f"{details['name']} · {what}", pretty(written))
        if details["output"] is not None:
            how = {"mock": _("answered by mock"), "tape": _("answered from the tape")}.get(
                answered_by(call), _("output")
            )
            yield Part(f"{details['name']} · {how}", pretty(details["output"]))
    elif kind == CODE_INTERPRETER:
        yield Part(f"{kind} · {_('code')}", details["input"])
        for output in details["outputs"]:
            yield Part(f"{kind} · {output['type']}", output.get("logs") or _image_of(output))
    else:
        yield Part(f"{kind} · {_('results')}", json.dumps(details, indent=2, ensure_ascii=False))


def _image_of(output: Mapping[str, Any]) -> str:
    return str(output.get("image", {}).get("file_id", ""))


def trace_events(run: Run, events: RunEvents) -> Iterator[TracedEvent]:
    """Yield the run's events among the events of its thread, with their times."""
    before = run.created_at
    for event in events:
        if isinstance(event, KeptEvent):
            name, milliseconds, size = event.name, event.milliseconds, event.size
        elif event.run_id == run.id:
            # The event log numbers events by the server's clock, in milliseconds.
            name, milliseconds, size = event.name, position(event.seq)[0], event.size
        else:
            continue
        at = datetime.fromtimestamp(milliseconds / 1000, UTC)
        # Not negative, because the clocks of the database and the log can differ.
        gap = max((at - before).total_seconds(), 0)
        after = (at - run.created_at).total_seconds()
        yield TracedEvent(
            name, at, after, gap, size, None if isinstance(event, KeptEvent) else event
        )
        before = at


def as_ndjson(run: Run, events: RunEvents) -> Iterator[str]:
    """Yield lines with ``seq``, ``at`` (ISO 8601), ``after`` (seconds), ``event``, ``size`` (bytes)
    and ``data``. Once the log has expired, ``seq`` and ``data`` are null.
    """
    for traced in trace_events(run, events):
        line = {
            "seq": traced.event.seq if traced.event else None,
            "at": traced.at.isoformat(),
            "after": round(traced.after, 3),
            "event": traced.name,
            "size": traced.size,
            "data": traced.event.content if traced.event else None,
        }
        yield json_line(line) + "\n"
