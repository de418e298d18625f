"""Reads of model calls as they went over the wire."""

from datetime import datetime

from assistants_app.models import ProviderCall, Run, RunStep


def answered_at(run: Run) -> dict[str, datetime]:
    """When the model was done with each step of the run, by the step's id."""
    rows = ProviderCall.objects.filter(run=run).order_by("pk").values_list("step_ids", "ended_at")
    return {step_id: ended_at for step_ids, ended_at in rows for step_id in step_ids}


def call_of_step(step: RunStep) -> ProviderCall | None:
    """The model call that the step came of; None if it is not kept, or not yet."""
    rows = ProviderCall.objects.filter(run_id=step.run_id).order_by("pk")
    # What was said is up to half a megabyte for each of them: only the one is read whole.
    ids = [pk for pk, step_ids in rows.values_list("pk", "step_ids") if step.id in step_ids]
    return ProviderCall.objects.filter(pk=ids[-1]).first() if ids else None


def stepless_calls(run: Run) -> list[ProviderCall]:
    """Model calls of the run that no step came of, such as refused ones, oldest first."""
    rows = ProviderCall.objects.filter(run=run).order_by("pk")
    ids = [pk for pk, step_ids in rows.values_list("pk", "step_ids") if not step_ids]
    return list(ProviderCall.objects.filter(pk__in=ids).order_by("pk"))
