"""Runs as HTML: status, controls, and what came of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from assistants_app.domain import run_status
from assistants_app.models import Run
from assistants_app.models.snapshots import ThreadRuns
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import written_text

WireObject = Mapping[str, Any]


def render_status(run: WireObject | None) -> SafeString:
    """The badge in the thread's head, and the tokens that the thread takes."""
    return render_to_string("runs/_status.html", {"run": run, "tokens": context_tokens(run)})


def context_tokens(run: WireObject | None) -> int | None:
    """Tokens of the thread as its newest run had it, by the provider's count."""
    usage = (run or {}).get("usage")
    return usage["total_tokens"] if usage and usage["total_tokens"] else None


def current_object(runs: ThreadRuns) -> dict[str, Any] | None:
    """Return the current run on the wire, None without one."""
    return run_object(runs.current) if runs.current else None


def render_controls(project_id: str, run: WireObject | None) -> SafeString:
    """The composer's buttons: Add and Run, or Stop."""
    return render_to_string("runs/_controls.html", controls_context(project_id, run))


def controls_context(project_id: str, run: WireObject | None) -> dict[str, Any]:
    """What the template of the composer's buttons shows."""
    waiting = run is not None and run["status"] == run_status.REQUIRES_ACTION
    return {
        "active": run is not None and run["status"] in run_status.ACTIVE,
        "answer_id": f"action-{run['id']}" if run and waiting else "",
        "stopping": run is not None and run["status"] == run_status.CANCELLING,
        "cancel_url": run_url("cancel_run", project_id, run) if run else "",
    }


def render_waiting(runs: Sequence[Run]) -> SafeString:
    """Render the messages of runs that wait for their turn, in the order in which they will be
    added.
    """
    waiting = [
        {
            "id": run.id,
            "texts": [written_text(row["content"]) for row in run.waits["messages"]],
            "cancel_url": reverse("cancel_run", args=[run.project_id, run.thread_id, run.id]),
        }
        for run in sorted(runs, key=lambda run: (not run.waits["first"], run.id))
    ]
    return render_to_string("runs/_waiting.html", {"waiting": waiting})


def run_url(name: str, project_id: str, run: WireObject) -> str:
    """The site's URL for something done to this run."""
    return reverse(name, args=[project_id, run["thread_id"], run["id"]])


def outcome_context(run: Run, *, error: str = "") -> dict[str, Any]:
    """What the template of a run's outcome shows. `error`: why the last click did nothing."""
    shown = run_object(run)
    return {
        "run": shown,
        "error": error,
        "expires_at": run.expires_at,
        "cancel_url": run_url("cancel_run", run.project_id, shown),
        "outputs_url": run_url("submit_outputs", run.project_id, shown),
        "prepare_url": run_url("prepare_output", run.project_id, shown),
        "retry_url": run_url("retry_run", run.project_id, shown),
        "trace_url": reverse("run_trace", args=[run.project_id, run.id]),
    }
