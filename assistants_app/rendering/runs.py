"""Runs as HTML: status, controls, what came of them, and the run log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from assistants_app.domain import run_status
from assistants_app.models import Run, RunStep
from assistants_app.queries.code_sessions import sessions_of_thread
from assistants_app.rendering.cards import call_name, pretty, pretty_object
from assistants_app.rendering.messages import written_text
from assistants_app.wire.run_steps import step_object
from assistants_app.wire.runs import run_object, usage_object

WireObject = Mapping[str, Any]
SESSION_DOLLARS = 0.03  # what the vendor took for a session of the code interpreter


def render_status(run: WireObject | None) -> str:
    """The badge in the thread's head, and the tokens that the thread takes."""
    return render_to_string("runs/_status.html", {"run": run, "tokens": context_tokens(run)})


def context_tokens(run: WireObject | None) -> int | None:
    """Tokens of the thread as its newest run had it, by the provider's count."""
    usage = (run or {}).get("usage")
    return usage["total_tokens"] if usage and usage["total_tokens"] else None


def render_controls(project_id: str, run: WireObject | None) -> str:
    """The composer's buttons: Add and Run, or Stop."""
    return render_to_string("runs/_controls.html", controls_context(project_id, run))


def controls_context(project_id: str, run: WireObject | None) -> dict[str, Any]:
    """What the template of the composer's buttons shows."""
    return {
        "active": run is not None and run["status"] in run_status.ACTIVE,
        "stopping": run is not None and run["status"] == run_status.CANCELLING,
        "cancel_url": run_url("cancel_run", project_id, run) if run else "",
    }


def render_waiting(project_id: str, runs: Sequence[Run]) -> str:
    """The messages of runs that wait for their turn (newest first), in the order in which they
    will be added.
    """
    waiting = [
        {
            "id": run.id,
            "texts": [written_text(row["content"]) for row in run.waits["messages"]],
            "cancel_url": reverse("cancel_run", args=[project_id, run.thread_id, run.id]),
        }
        for run in sorted(runs, key=lambda run: (not run.waits["first"], run.id))
    ]
    return render_to_string("runs/_waiting.html", {"waiting": waiting})


def run_url(name: str, project_id: str, run: WireObject) -> str:
    """The site's URL for something done to this run."""
    return reverse(name, args=[project_id, run["thread_id"], run["id"]])


def render_outcome(project_id: str, run: WireObject | None) -> str:
    """The card that waits for outputs, or the banner of a run that did not complete, or nothing."""
    return render_to_string("runs/_outcome.html", outcome_context(project_id, run))


def outcome_context(project_id: str, run: WireObject | None, *, error: str = "") -> dict[str, Any]:
    """What the template of a run's outcome shows. `error`: why the last click did nothing."""
    if run is None:
        return {"run": None}
    action = run["required_action"] or {}
    return {
        "run": run,
        "error": error,
        "calls": [
            {
                "id": call["id"],
                "name": call["function"]["name"],
                "arguments": pretty(call["function"]["arguments"]),
            }
            for call in action.get("submit_tool_outputs", {}).get("tool_calls", [])
        ],
        "expires_at": datetime.fromtimestamp(run["expires_at"], UTC) if run["expires_at"] else None,
        "cancel_url": run_url("cancel_run", project_id, run),
        "outputs_url": run_url("submit_outputs", project_id, run),
        "retry_url": run_url("retry_run", project_id, run),
        "trace_url": reverse("run_trace", args=[project_id, run["id"]]),
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """A step on the run's time axis; `start` and `width` in percent of it, times in seconds."""

    step: RunStep
    label: str
    start: float
    width: float
    seconds: float
    first_token: float | None
    tokens: int
    waiting: bool
    json: str


def log_context(runs: Sequence[Run], run: Run | None, steps: Sequence[RunStep]) -> dict[str, Any]:
    """What the run log shows: the thread's runs, the chosen one with its steps on a time axis."""
    if run is None:
        return {"runs": runs, "run": None}
    now = timezone.now()
    end = run.completed_at or run.failed_at or run.cancelled_at
    if run.status in run_status.TERMINAL and end is None:
        end = max([_end_of(step, now) for step in steps], default=run.expires_at)
    total = max(((end or now) - run.created_at).total_seconds(), 0.001)
    first = min((step.first_token_at for step in steps if step.first_token_at), default=None)
    return {
        "runs": runs,
        "run": run,
        "usage": usage_object(run.usage),
        "about": "≈ " if run.usage.get("estimated") else "",
        "json": pretty_object(run_object(run)),
        "bars": [_bar(run, step, total, now) for step in steps],
        "queued": _seconds(run.created_at, run.started_at),
        "first_token": _seconds(run.created_at, first),
        "total": total,
        "active": run.status in run_status.ACTIVE,
        **_sessions(run),
    }


def _sessions(run: Run) -> dict[str, Any]:
    """Sessions of the code interpreter that the run and its thread began, and their price."""
    of_thread = sessions_of_thread(run.thread_id)
    of_run = run.usage.get("code_sessions", 0)
    return {
        "sessions": of_run,
        "thread_sessions": of_thread,
        "sessions_cost": of_run * SESSION_DOLLARS,
        "thread_sessions_cost": of_thread * SESSION_DOLLARS,
    }


def _bar(run: Run, step: RunStep, total: float, now: datetime) -> Bar:
    seconds = (_end_of(step, now) - step.created_at).total_seconds()
    calls = step.step_details.get("tool_calls", [])
    waiting = step.status == run_status.IN_PROGRESS and run.status == run_status.REQUIRES_ACTION
    return Bar(
        step=step,
        label=", ".join(call_name(call) for call in calls) or step.type,
        start=100 * (step.created_at - run.created_at).total_seconds() / total,
        width=max(100 * seconds / total, 1),
        seconds=seconds,
        first_token=_seconds(step.created_at, step.first_token_at),
        tokens=step.usage.get("completion_tokens", 0),
        waiting=waiting,
        json=pretty_object(step_object(step)),
    )


def _end_of(step: RunStep, now: datetime) -> datetime:
    return step.completed_at or step.failed_at or step.cancelled_at or step.expired_at or now


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()


def render_log(runs: Sequence[Run], run: Run | None, steps: Sequence[RunStep]) -> str:
    """The run log."""
    return render_to_string("runs/_log.html", log_context(runs, run, steps))
