"""Reads of runs with everything that checks look at, with a fixed number of queries."""

from collections.abc import Sequence

from django.db.models import Max, Min

from assistants_app.models import Message, ProviderCall, Run
from assistants_app.models.checks.snapshots import GradedRuns
from assistants_app.queries.runs.runs import steps_of_runs

# Of a long thread, a judge is shown the end.
MOST_MESSAGES = 400


def graded_runs(runs: Sequence[Run]) -> GradedRuns:
    """Return these runs, which belong to one thread, with what checks look at."""
    ids = {run.id for run in runs}
    thread_ids = {run.thread_id for run in runs}
    if len(thread_ids) != 1:
        raise ValueError("Runs that are graded together belong to one thread.")
    of_thread = Message.objects.filter(thread_id=thread_ids.pop())
    last = of_thread.filter(run_id__in=ids).aggregate(last=Max("pk"))["last"]
    newest = (of_thread.filter(pk__lte=last) if last else of_thread).order_by("-pk")[:MOST_MESSAGES]
    left = ProviderCall.objects.filter(run_id__in=ids).order_by().values_list("run_id")
    return GradedRuns(
        runs=sorted(runs, key=lambda run: run.id),
        steps=steps_of_runs(ids),
        messages=list(newest)[::-1],
        departures=dict(left.annotate(Min("started_at"))),
    )
