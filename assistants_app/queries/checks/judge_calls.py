"""Reads of what judges were asked."""

from assistants_app.models import JudgeCall, Run

# Each may take half a megabyte. A reply with more judges than this shows the last ones.
SHOWN = 20


def judge_calls_of(run: Run) -> list[JudgeCall]:
    """Return the newest calls of judges about the run with their usage, oldest first."""
    newest = JudgeCall.objects.filter(run=run).select_related("call").order_by("-pk")[:SHOWN]
    return list(newest)[::-1]
