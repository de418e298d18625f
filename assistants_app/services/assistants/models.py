"""Change the models of several assistants."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.services.assistants import versions


@transaction.atomic(durable=True)
def change_models(*, project: Project, old: Collection[str], new: str, author: User) -> int:
    """Publish a version with the model `new` of each assistant whose model is in `old`.

    The author's drafts follow. Return the number of assistants.
    """
    rows = Assistant.objects.select_for_update(no_key=True).filter(project=project, model__in=old)
    assistants = list(rows.order_by("pk"))
    mine = AssistantDraft.objects.filter(user=author, assistant__in=assistants)
    drafts = {draft.assistant_id: draft for draft in mine}
    for assistant in assistants:
        before = assistant.version_number
        versions.publish(assistant, {"model": new}, author=author, source="ui")
        if (draft := drafts.get(assistant.id)) is not None:
            _follow(draft, before, assistant.version_number, old)
    return len(assistants)


def _follow(draft: AssistantDraft, before: int, now: int, old: Collection[str]) -> None:
    if draft.changes.get("model") in old:
        draft.changes.pop("model")
    # Otherwise the page would say that somebody else has published meanwhile.
    if draft.base_number == before:
        draft.base_number = now
    if draft.changes:
        draft.save(update_fields=["base_number", "changes"])
    else:
        draft.delete()
