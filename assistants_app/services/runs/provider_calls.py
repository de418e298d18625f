"""How long requests to model endpoints, and their answers, are kept."""

from datetime import timedelta

from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.models import ProviderCall


def forget_old_calls(*, limit: int) -> int:
    """Delete at most `limit` calls that are older than `PROVIDER_CALL_DAYS`; how many."""
    old = ProviderCall.objects.filter(
        started_at__lt=Now() - timedelta(days=conf.PROVIDER_CALL_DAYS)
    ).order_by("started_at")
    ids = list(old.values_list("pk", flat=True)[:limit])
    deleted, _ = ProviderCall.objects.filter(pk__in=ids).delete()
    return deleted
