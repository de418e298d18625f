"""Store requests to model endpoints with their answers, and delete old ones."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.models import ProviderCall, Run
from assistants_app.providers.call_record import ModelCall


def forget_old_calls(*, limit: int) -> int:
    """Delete up to `limit` calls that are older than `PROVIDER_CALL_DAYS`. Return their number."""
    old = ProviderCall.objects.filter(
        started_at__lt=Now() - timedelta(days=conf.PROVIDER_CALL_DAYS)
    ).order_by("started_at")
    ids = list(old.values_list("pk", flat=True)[:limit])
    deleted, _ = ProviderCall.objects.filter(pk__in=ids).delete()
    return deleted


@dataclass(frozen=True, slots=True)
class AttributedCall:
    """A model call, and the ids of the steps that it led to."""

    call: ModelCall
    step_ids: list[str]


def save_call(run: Run, model_call: AttributedCall | None) -> None:
    """Store a request to a provider with its answer, unless `PROVIDER_CALL_DAYS` is 0."""
    if call := new_call(run, model_call):
        call.save(force_insert=True)


def new_call(run: Run, model_call: AttributedCall | None) -> ProviderCall | None:
    """Return the row that :func:`save_call` stores, or None if it stores none."""
    if model_call is None or conf.PROVIDER_CALL_DAYS <= 0:
        return None
    call = model_call.call
    return ProviderCall(
        run=run,
        step_ids=model_call.step_ids,
        attempt=run.attempts,
        model=call.model[:256],
        started_at=call.started_at,
        headers_at=call.headers_at,
        first_token_at=call.first_token_at,
        ended_at=call.ended_at,
        request=call.request,
        response=call.response,
        retries=call.retries,
    )
