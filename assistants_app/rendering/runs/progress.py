"""The row that says what an active run does before its reply begins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain import run_status
from assistants_app.models.snapshots import ThreadRuns
from assistants_app.wire.runs.steps import RESULT, TOOL_CALLS

RUNS = "runs"  # as in rendering.tool_calls.cards


@dataclass(frozen=True, slots=True)
class Progress:
    """Who answers (`name`, `version`), what the run does (`activity`), and since when."""

    name: str
    version: str
    activity: str
    since: datetime


def progress_of(runs: ThreadRuns) -> Progress | None:
    """Return what the current run does, or None if it isn't active, waits for outputs, or if its
    reply shows that it writes.
    """
    run = runs.current
    if run is None or run.status not in (
        run_status.QUEUED,
        run_status.IN_PROGRESS,
        run_status.CANCELLING,
    ):
        return None
    version = _("draft") if run.used_draft else ""
    if not version and run.version_number:
        version = f"v{run.version_number}"
    steps = runs.log.steps if runs.log else ()
    last = steps[-1] if steps else None
    since = run.started_at or run.created_at
    if run.status == run_status.CANCELLING:
        activity = _("stopping")
    elif run.status == run_status.QUEUED and not run.started_at:
        activity = _("queued")
    elif last is None or last.status != run_status.IN_PROGRESS:
        activity = _("waiting for %(model)s") % {"model": run.model}
        since = (last.completed_at if last else None) or since
    elif last.type == TOOL_CALLS:
        activity, since = activity_of(last.step_details["tool_calls"]), last.created_at
    else:
        return None
    return Progress(runs.assistant or _("Assistant"), version, activity, since)


def activity_of(calls: list[dict[str, Any]]) -> str:
    """Return what happens to these tool calls, which are being written or carried out."""
    doing = (_doing(call) for call in calls if RESULT not in call)
    return ", ".join(dict.fromkeys(filter(None, doing))) or _("calling a tool")


def _doing(call: dict[str, Any]) -> str:
    match call["type"]:
        case "code_interpreter":
            # A call in the database is complete. Only live calls have the key.
            return _("running code") if call.get(RUNS, True) else _("writing code")
        case "file_search":
            return _("searching")
        case "function" if call["function"]["output"] is None:
            return _("calling %(name)s") % {"name": call["function"]["name"]}
    return ""
