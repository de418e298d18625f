"""Runs as HTML: status, controls, and what came of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from assistants_app.domain import run_status
from assistants_app.rendering.cards import pretty

WireObject = Mapping[str, Any]


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
    }
