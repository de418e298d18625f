"""Reads of what judges were asked."""

from collections.abc import Collection

from assistants_app.models import JudgeCall, Run

# Each may take half a megabyte. A reply with more judges than this shows the last ones.
SHOWN = 20


def judge_calls_of(run: Run) -> list[JudgeCall]:
    """Return the newest calls of judges about the run with their usage, oldest first."""
    return judge_calls_of_runs([run.pk])


def judge_calls_of_runs(run_ids: Collection[str]) -> list[JudgeCall]:
    """Return the newest calls of judges about these runs with their usage, oldest first."""
    calls = JudgeCall.objects.filter(run__in=run_ids).select_related("call")
    return list(calls.order_by("-pk")[:SHOWN])[::-1]
