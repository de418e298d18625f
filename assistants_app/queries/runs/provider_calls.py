"""Reads of requests to model endpoints and their answers."""

from django.db.models import QuerySet

from assistants_app.domain.errors import NotFound
from assistants_app.models import ProviderCall, Run, RunStep
from assistants_app.models.snapshots import LoggedCall

# Read from the JSON of the response, whose message can take a quarter of a megabyte.
_REPORTED = ("usage", "finish_reason", "status", "error")


def calls_of_run(run: Run) -> list[LoggedCall]:
    """Return the run's stored model calls without their requests and replies, oldest first."""
    columns = ("pk", "step_ids", "model", "started_at", "first_token_at", "ended_at")
    rows = ProviderCall.objects.filter(run=run).order_by("pk")
    found = rows.values_list(*columns, *(f"response__{name}" for name in _REPORTED))
    return [
        LoggedCall(pk, steps, model, began, first, ended, usage, reason, status, error or "")
        for pk, steps, model, began, first, ended, usage, reason, status, error in found
    ]


def get_call(run: Run, call_id: str) -> ProviderCall:
    """Return the model call. Raises :class:`NotFound`."""
    call = ProviderCall.objects.filter(run=run, pk=call_id).first()
    if call is None:
        raise NotFound("model call", call_id)
    return call


def number_of_call(call: ProviderCall) -> int:
    """Return the place of the call among those of its run, from 1."""
    return ProviderCall.objects.filter(run_id=call.run_id, pk__lte=call.pk).count()


def call_before(run: Run, number: int) -> tuple[ProviderCall, int] | None:
    """Return the call to compare the run's call with this number with, and its own number.

    It has the same number in the previous run of the thread that has calls, or is the last one
    there. If there is no such run, it is the call before in the same run, or None.
    """
    ids = list(_ids_of_previous_run(run))
    if not ids and number > 1:
        ids = list(ProviderCall.objects.filter(run=run).order_by("pk").values_list("pk", flat=True))
        number -= 1
    place = min(number, len(ids))
    found = ProviderCall.objects.filter(pk=ids[place - 1]).first() if ids else None
    return None if found is None else (found, place)


def _ids_of_previous_run(run: Run) -> QuerySet[ProviderCall, str]:
    earlier = ProviderCall.objects.filter(run__thread_id=run.thread_id, run_id__lt=run.id)
    previous = earlier.order_by("-run_id").values_list("run_id", flat=True).first()
    calls = ProviderCall.objects.filter(run_id=previous or "").order_by("pk")
    return calls.values_list("pk", flat=True)


def call_of_step(step: RunStep) -> ProviderCall | None:
    """Return the model call that led to the step, or None if it isn't stored (yet)."""
    rows = ProviderCall.objects.filter(run_id=step.run_id).order_by("pk")
    # A call's request and response can take half a megabyte, so only the one call is read in full.
    ids = [pk for pk, step_ids in rows.values_list("pk", "step_ids") if step.id in step_ids]
    return ProviderCall.objects.filter(pk=ids[-1]).first() if ids else None


def stepless_calls(run: Run) -> list[ProviderCall]:
    """Return the run's model calls that led to no step, such as refused ones, oldest first."""
    rows = ProviderCall.objects.filter(run=run).order_by("pk")
    ids = [pk for pk, step_ids in rows.values_list("pk", "step_ids") if not step_ids]
    return list(ProviderCall.objects.filter(pk__in=ids).order_by("pk"))
