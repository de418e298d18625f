"""A thread's page as HTML, rendered from a snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from assistants_app.models.snapshots import ThreadPart, ThreadRuns, ThreadSnapshot
from assistants_app.rendering.runs.log import render_log
from assistants_app.rendering.runs.outcome import render_waiting
from assistants_app.rendering.runs.waiting_card import render_outcome
from assistants_app.rendering.threads.branches import Beside
from assistants_app.rendering.threads.items import render_items


@dataclass(frozen=True, slots=True)
class ThreadHtml:
    """The HTML of a thread. `items` are its rows; the others surround them."""

    items: SafeString
    waiting: SafeString
    log: SafeString
    outcome: SafeString


def render_thread(
    snapshot: ThreadSnapshot, bodies: Mapping[str, str], beside: Beside | None = None
) -> ThreadHtml:
    """Render the thread. `bodies`: the HTML so far of messages being written, by message ID.
    `beside`: what is open where forks part.
    """
    runs = snapshot.runs
    return ThreadHtml(
        items=render_items(snapshot.part, bodies, beside),
        waiting=render_waiting(runs.waiting),
        log=render_log(runs.newest, runs.log),
        outcome=render_outcome(runs),
    )


def span_of(part: ThreadPart) -> dict[str, Any]:
    """Return what the page has to know about the part: how many messages come before it, how many
    the thread has, and whether the part is its end.
    """
    return {"before": part.span.before, "total": part.span.total, "end": not part.span.until}


def render_panels(runs: ThreadRuns) -> dict[str, SafeString]:
    """Render the run log and the waiting messages, by the ID of their elements."""
    return {
        "run-log": render_log(runs.newest, runs.log),
        "waiting": render_waiting(runs.waiting),
    }
