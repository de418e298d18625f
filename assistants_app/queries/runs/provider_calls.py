"""Reads of requests to model endpoints and their answers."""

from datetime import datetime

from assistants_app.models import ProviderCall, Run, RunStep


def answered_at(run: Run) -> dict[str, datetime]:
    """Return when the model finished each step of the run, by the step's id."""
    rows = ProviderCall.objects.filter(run=run).order_by("pk").values_list("step_ids", "ended_at")
    return {step_id: ended_at for step_ids, ended_at in rows for step_id in step_ids}


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
