"""Where a thread and its forks part, and two of their answers beside each other.

An answer is a column of its own, so that more of them can stand side by side.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from assistants_app.domain import run_status
from assistants_app.domain.ids import sort_key
from assistants_app.domain.money.prices import NONE
from assistants_app.domain.words.written import written_text
from assistants_app.models import Run
from assistants_app.models.snapshots import Answer, BranchPoint
from assistants_app.rendering.components.badges import Badge, run_badge, run_word
from assistants_app.rendering.runs.end_line import ended_at
from assistants_app.rendering.text.diffs import render_text_changes
from assistants_app.wire.runs.runs import usage_object

FIRST = "start"  # the place before the first message
BEFORE_ALL = " "  # sorts before all keys
AFTER = "~~"  # sorts after the line that a run leaves


@dataclass(frozen=True, slots=True)
class Beside:
    """HTML that is open at a branch point, the one after the message `after` ("" for the first)."""

    after: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Column:
    """An answer among others.

    `number` begins at 1. `keep_url` goes on with it. `tokens` are those of the whole run; `seconds`
    and `dollars` are None for a run that isn't over, or without a price.
    """

    number: int
    keep_url: str
    run: Run | None = None
    tokens: int = 0
    seconds: float | None = None
    dollars: Decimal | None = None
    no_price: bool = False

    @property
    def status(self) -> Badge | None:
        """Return the run's status, unless it has completed."""
        if self.run is None or self.run.status == run_status.COMPLETED:
            return None
        return Badge(run_word(self.run.status), run_badge(self.run.status).tone)

    @property
    def active(self) -> bool:
        return self.run is not None and self.run.status in run_status.ACTIVE


def branch_key(point: BranchPoint) -> str:
    """Return the sort key of the row, after everything that the threads share."""
    return sort_key(point.after) + AFTER if point.after else BEFORE_ALL


def render_branches(point: BranchPoint, project_id: str, beside: Beside | None) -> SafeString:
    """Render the row that leads to the other branches, with what is open below it."""
    number = point.current + 1
    context = {
        "id": point.after or FIRST,
        "number": number,
        "count": len(point.variants),
        "previous_url": _branch_url(project_id, point, point.current - 1),
        "next_url": _branch_url(project_id, point, number),
        "compare_url": _compare_url(project_id, point),
        "beside": beside.html if beside and beside.after == point.after else "",
    }
    return render_to_string("branches/_row.html", context)


def _branch_url(project_id: str, point: BranchPoint, index: int) -> str:
    if not 0 <= index < len(point.variants):
        return ""
    variant = point.variants[index]
    message = variant.message.id if variant.message else ""
    return page_url(project_id, t=variant.thread_id, m=message)


def _compare_url(project_id: str, point: BranchPoint) -> str:
    """Return the URL that shows this thread's answer beside the one before, or beside the next."""
    index = point.current - 1 if point.current else 1
    thread_id, other = (point.variants[at].thread_id for at in (point.current, index))
    return page_url(project_id, t=thread_id, beside=other)


def page_url(project_id: str, **state: str) -> str:
    """Return the URL of the playground with this state, without the empty values."""
    query = urlencode({name: value for name, value in state.items() if value})
    return f"{reverse('playground', args=[project_id])}?{query}"


def column_of(answer: Answer, *, number: int, keep_url: str) -> Column:
    """Return the facts about the answer."""
    run = answer.run
    if run is None or run.status in run_status.ACTIVE:
        return Column(number, keep_url, run)
    steps = [step for step in answer.part.replies.steps if step.run_id == run.id]
    return Column(
        number,
        keep_url,
        run,
        tokens=usage_object(run.usage)["total_tokens"],
        seconds=(ended_at(run, steps) - run.created_at).total_seconds(),
        dollars=run.cost,
        no_price=run.cost_origin == NONE,
    )


def render_changes(old: Answer, new: Answer) -> SafeString:
    """Render the old answer's text with what the new one has added and left out."""
    return render_text_changes(_text_of(old), _text_of(new))


def _text_of(answer: Answer) -> str:
    replies = (row for row in answer.part.messages if row.role == "assistant")
    return "\n\n".join(written_text(row.content) for row in replies)
