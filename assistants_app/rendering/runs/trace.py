"""A run's trace: its steps with what went in and came out, and all its events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.events.log import Event, position
from assistants_app.models import Message, Run, RunStep
from assistants_app.models.snapshots import LoggedRun
from assistants_app.rendering.runs.log import Bar, log_context
from assistants_app.rendering.tool_calls.cards import pretty
from assistants_app.wire.runs.steps import RESULT

SHOWN_EVENTS = 500
SHOWN_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Part:
    """Something that went in or came out of a step."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class TracedStep:
    """A step with its bar on the time axis."""

    bar: Bar
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """An event; `after`: seconds since the run was created, `gap`: since the event before."""

    event: Event
    at: datetime
    after: float
    gap: float

    @property
    def excerpt(self) -> str:
        """The beginning of its data."""
        return self.event.data[:SHOWN_CHARACTERS]


def trace_context(
    logged: LoggedRun,
    messages: Sequence[Message],
    events: Sequence[Event] | None,
    *,
    wanted: str = "",
) -> dict[str, Any]:
    """Return the context of the trace. `events` is None if the log could not be read; events are
    shown if their name contains `wanted`.
    """
    shown = log_context([], logged)
    texts = {message.id: message_text(message) for message in messages}
    return {
        **shown,
        "steps": [TracedStep(bar, parts_of(bar.step, texts)) for bar in shown["bars"]],
        "queued_width": 100 * (shown["queued"] or 0) / shown["total"],
        **events_context(logged.run, events, wanted),
    }


def events_context(run: Run, events: Sequence[Event] | None, wanted: str) -> dict[str, Any]:
    """Return the context of a list of the run's events; see :func:`trace_context`."""
    every = list(trace_events(run, events or ()))
    traced = [item for item in every if wanted in item.event.name]
    return {
        "events": traced[:SHOWN_EVENTS],
        "more_events": max(len(traced) - SHOWN_EVENTS, 0),
        "any_events": bool(every),
        "log_unread": events is None,
        "wanted": wanted,
    }


def message_text(message: Message) -> str:
    """The texts and refusals of a message."""
    texts = [
        part["text"]["value"] if part["type"] == "text" else part.get("refusal", "")
        for part in message.content
    ]
    return "\n\n".join(text for text in texts if text)


def parts_of(step: RunStep, texts: Mapping[str, str]) -> list[Part]:
    """What went into a step and came out of it. `texts`: of messages, by id."""
    details = step.step_details
    if "tool_calls" in details:
        return [part for call in details["tool_calls"] for part in _parts_of_call(call)]
    message_id = details.get("message_creation", {}).get("message_id", "")
    return [Part(_("Message"), texts[message_id])] if texts.get(message_id) else []


def _parts_of_call(call: Mapping[str, Any]) -> Iterator[Part]:
    kind = call["type"]
    told = call[kind]
    if kind == FUNCTION:
        yield Part(f"{told['name']} · {_('arguments')}", pretty(told["arguments"]))
        if told["output"] is not None:
            how = _("answered by mock") if RESULT in call else _("output")
            yield Part(f"{told['name']} · {how}", pretty(told["output"]))
    elif kind == CODE_INTERPRETER:
        yield Part(f"{kind} · {_('code')}", told["input"])
        for output in told["outputs"]:
            yield Part(f"{kind} · {output['type']}", output.get("logs") or _image_of(output))
    else:
        yield Part(f"{kind} · {_('results')}", json.dumps(told, indent=2, ensure_ascii=False))


def _image_of(output: Mapping[str, Any]) -> str:
    return str(output.get("image", {}).get("file_id", ""))


def trace_events(run: Run, events: Sequence[Event]) -> Iterator[TracedEvent]:
    """The run's events among those of its thread, each with its time."""
    before = run.created_at
    for event in events:
        if event.run_id == run.id:
            at = datetime.fromtimestamp(position(event.seq)[0] / 1000, UTC)
            yield TracedEvent(
                event,
                at,
                (at - run.created_at).total_seconds(),
                max((at - before).total_seconds(), 0),
            )
            before = at


def as_ndjson(run: Run, events: Sequence[Event]) -> Iterator[str]:
    """Lines with ``seq``, ``at`` (ISO 8601), ``after`` (seconds), ``event`` and ``data``."""
    for traced in trace_events(run, events):
        line = {
            "seq": traced.event.seq,
            "at": traced.at.isoformat(),
            "after": round(traced.after, 3),
            "event": traced.event.name,
            "data": traced.event.content,
        }
        yield json.dumps(line, ensure_ascii=False) + "\n"
