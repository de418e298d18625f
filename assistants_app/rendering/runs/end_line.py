"""The line that a run leaves in its thread if it ended without completing."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain import run_status
from assistants_app.domain.ids import key_of, sort_key
from assistants_app.models import Run, RunStep
from assistants_app.rendering.runs.outcome import run_end

LAST = "~"  # sorts after all characters of IDs


def render_end_line(run: Run, steps: Sequence[RunStep]) -> SafeString:
    """Render the line, or nothing if the run completed, or is active, or never had its turn."""
    end = run_end(run)
    if end is None or run.waits is not None:
        return SafeString("")
    context = {
        "run": run,
        "end": end,
        "title": _title_of(run.status),
        "ended_at": ended_at(run, steps),
    }
    return render_to_string("runs/_end_line.html", context)


def _title_of(status: str) -> str:
    match status:
        case run_status.FAILED:
            return _("Run failed")
        case run_status.EXPIRED:
            return _("Run expired")
        case run_status.CANCELLED:
            return _("Run stopped")
    return _("Run incomplete")


def end_line_key(run: Run, steps: Sequence[RunStep], message_ids: Iterable[str]) -> str:
    """Return the sort key of the line, after all rows of the run.

    `steps` and `message_ids` are the run's own.
    """
    # By the end, since the user's messages may be newer than the run; and not by the end alone,
    # since the clocks of two servers differ.
    own = [run.id, *(step.id for step in steps), *message_ids]
    return max([key_of(ended_at(run, steps)), *(sort_key(row_id) + LAST for row_id in own)])


def ended_at(run: Run, steps: Sequence[RunStep]) -> datetime:
    """Return when the run ended. `steps` are its own."""
    ended = run.failed_at or run.cancelled_at or run.completed_at
    if ended is not None:
        return ended
    # An expired or incomplete run has no such time, but its steps have.
    ends = [
        step.completed_at or step.failed_at or step.cancelled_at or step.expired_at
        for step in steps
    ]
    without = run.expires_at if run.status == run_status.EXPIRED else run.created_at
    return max((end for end in ends if end), default=without)
