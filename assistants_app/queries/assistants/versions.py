"""Reads of assistants' versions and drafts."""

from django.contrib.auth.models import User

from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant, AssistantDraft, AssistantVersion, Project


def get_version(project: Project, assistant_id: str, number: int) -> AssistantVersion:
    """Return the version, even if its assistant was deleted. Raises :class:`NotFound`."""
    rows = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    version = rows.select_related("author").filter(number=number).first()
    if version is None:
        raise NotFound("assistant version", f"{assistant_id} v{number}")
    return version


def list_versions(
    project: Project, assistant_id: str, *, before: int | None = None, limit: int = 50
) -> list[AssistantVersion]:
    """Return the versions below number `before`, newest first, even of a deleted assistant.

    Raises :class:`NotFound` if there has never been such an assistant.
    """
    rows = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.select_related("author").order_by("-number")[:limit])
    if (
        not found
        and not Assistant.objects.filter(project=project, pk=assistant_id).exists()
        and (before is None or not rows.exists())
    ):
        raise NotFound("assistant", assistant_id)
    return found


def find_draft(project: Project, assistant_id: str, user: User) -> AssistantDraft | None:
    """Return the user's draft of the assistant, or None. The assistant is loaded with it."""
    rows = AssistantDraft.objects.select_related("assistant")
    return rows.filter(
        assistant__project=project, assistant_id=assistant_id, user_id=user.pk
    ).first()


def drafted_assistants(project: Project, user: User) -> set[str]:
    """Return the ids of the assistants that the user has a draft of."""
    rows = AssistantDraft.objects.filter(assistant__project=project, user_id=user.pk)
    return set(rows.values_list("assistant_id", flat=True))
