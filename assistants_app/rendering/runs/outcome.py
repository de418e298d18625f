"""Runs as HTML: status, controls and outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.errors import endpoint_without_key
from assistants_app.domain.words.written import written_text
from assistants_app.models import Run
from assistants_app.models.snapshots import ThreadRuns
from assistants_app.rendering.components.badges import ERR, WARN, run_badge
from assistants_app.wire.runs.runs import run_object

WireObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended without completing.

    `tone` is err or warn, `code` is the API's reason. `keyless` is the name of the endpoint whose
    API key has to be changed, or "".
    """

    title: str
    tone: str
    code: str = ""
    text: str = ""
    keyless: str = ""


def run_end(run: Run) -> RunEnd | None:
    """Return how the run ended, or None if it is active or completed."""
    match run.status:
        case run_status.FAILED:
            error = run.last_error or {}
            code, message = error.get("code", ""), error.get("message", "")
            return RunEnd(_("The run failed"), ERR, code, message, endpoint_without_key(message))
        case run_status.EXPIRED:
            # The limit is a setting, so don't name OpenAI's ten minutes.
            text = _("It didn't finish within %(time)s.") % {"time": _time_limit()}
            return RunEnd(_("The run expired"), ERR, text=text)
        case run_status.INCOMPLETE:
            return RunEnd(_("The run is incomplete"), WARN, run.incomplete_reason or "")
        case run_status.CANCELLED:
            return RunEnd(_("The run was stopped"), WARN)
    return None


def _time_limit() -> str:
    minutes, seconds = divmod(round(conf.RUN_EXPIRES_AFTER), 60)
    if seconds:
        total = 60 * minutes + seconds
        return ngettext("%(count)d second", "%(count)d seconds", total) % {"count": total}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def render_status(run: WireObject | None) -> SafeString:
    """Render the badge in the thread's head."""
    return render_to_string("runs/_status.html", status_context(run))


def status_context(run: WireObject | None) -> dict[str, Any]:
    """Return the context of the thread's status."""
    if run is None:
        return {"status_badge": None}
    return {"status_badge": run_badge(run["status"])}


def context_tokens(run: WireObject | None) -> int | None:
    """Return the tokens of the thread in its newest run, as the endpoint counted them."""
    usage = (run or {}).get("usage")
    return usage["total_tokens"] if usage and usage["total_tokens"] else None


def current_object(runs: ThreadRuns) -> dict[str, Any] | None:
    """Return the current run as in the API, or None."""
    return run_object(runs.current) if runs.current else None


def render_controls(project_id: str, run: WireObject | None) -> SafeString:
    """Render the composer's buttons: Add and Run, or Stop."""
    return render_to_string("runs/_controls.html", controls_context(project_id, run))


def controls_context(project_id: str, run: WireObject | None) -> dict[str, Any]:
    """Return the context of the composer's buttons."""
    waiting = run is not None and run["status"] == run_status.REQUIRES_ACTION
    return {
        "active": run is not None and run["status"] in run_status.ACTIVE,
        "answer_id": f"action-{run['id']}" if run and waiting else "",
        "stopping": run is not None and run["status"] == run_status.CANCELLING,
        "cancel_url": run_url("cancel_run", project_id, run) if run else "",
    }


def render_waiting(runs: Sequence[Run]) -> SafeString:
    """Render the messages of queued runs, in the order in which they will be added."""
    # A run marked "first" overtakes the others; IDs are in the order of creation.
    waiting = [
        {
            "id": run.id,
            "texts": (texts := [written_text(row["content"]) for row in run.waits["messages"]]),
            "text": "\n\n".join(texts),
            "held": run.held,
            "cancel_url": reverse("cancel_run", args=[run.project_id, run.thread_id, run.id]),
            "send_url": reverse("send_held_run", args=[run.project_id, run.thread_id, run.id]),
        }
        for run in sorted(runs, key=lambda run: (not run.waits["first"], run.id))
    ]
    return render_to_string("runs/_waiting.html", {"waiting": waiting})


def run_url(name: str, project_id: str, run: WireObject) -> str:
    """Return the site's URL for an action on this run."""
    return reverse(name, args=[project_id, run["thread_id"], run["id"]])


def outcome_context(run: Run, *, error: str = "") -> dict[str, Any]:
    """Return the context of a run's outcome. `error` says why the last click had no effect."""
    shown = run_object(run)
    return {
        "run": shown,
        "project_id": run.project_id,
        "end": run_end(run),
        "error": error,
        "expires_at": run.expires_at,
        "cancel_url": run_url("cancel_run", run.project_id, shown),
        "outputs_url": run_url("submit_outputs", run.project_id, shown),
        "prepare_url": run_url("prepare_output", run.project_id, shown),
        "retry_url": run_url("retry_run", run.project_id, shown),
        "trace_url": reverse("run_trace", args=[run.project_id, run.id]),
    }
