"""Pin and archive assistants, which only changes the lists of the site."""

from collections.abc import Sequence

from django.utils import timezone

from assistants_app.models import Assistant, Project
from assistants_app.services.act import act


@act()
def pin_assistants(*, project: Project, assistant_ids: Sequence[str], pinned: bool) -> int:
    """Pin the assistants to the top of lists, or unpin them. Return how many changed."""
    rows = Assistant.objects.filter(project=project, pk__in=assistant_ids)
    now = timezone.now() if pinned else None
    return rows.filter(pinned_at__isnull=pinned).update(pinned_at=now)


@act()
def archive_assistants(*, project: Project, assistant_ids: Sequence[str], archived: bool) -> int:
    """Archive the assistants, or bring them back. Return how many changed.

    An archived assistant still answers the API: only lists of the site leave it out.
    """
    rows = Assistant.objects.filter(project=project, pk__in=assistant_ids)
    now = timezone.now() if archived else None
    return rows.filter(archived_at__isnull=archived).update(archived_at=now)
