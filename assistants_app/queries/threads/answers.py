"""Reads of single answers, to show them beside each other."""

from assistants_app.domain import run_status
from assistants_app.domain.ids import sort_key
from assistants_app.models import Run, Thread
from assistants_app.models.snapshots import Answer, Variant
from assistants_app.queries.threads.spans import Place, read_part


def read_answer(variant: Variant) -> Answer | None:
    """Return how the variant's thread goes on, up to its next question, or None if the thread was
    deleted.
    """
    rows = Thread.objects.select_related("project").filter(project__deleted_at=None)
    thread = rows.filter(pk=variant.thread_id).first()
    if thread is None:
        return None
    runs = Run.objects.filter(thread=thread).order_by("-pk")
    active = runs.filter(status__in=run_status.ACTIVE, waits__isnull=True).first()
    place = Place("answer", variant.after)
    part = read_part(thread, place, and_steps_of=active, alone=True, quiet=True)
    wrote = [message.run_id or message.copied_run_id for message in part.messages]
    behind = [part.replies.runs[run_id] for run_id in wrote if run_id in part.replies.runs]
    if part.span.until or (behind and not active):
        return Answer(part, behind[-1] if behind else None)
    # The newest run of the thread may have written no message yet, or none at all.
    newest = active or runs.filter(pk__gt=f"run_{sort_key(variant.after)}").first()
    return Answer(part, newest)
