"""Change the models of several assistants, and change them back."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.contrib.auth.models import User

from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.services.act import act
from assistants_app.services.assistants import versions
from assistants_app.services.assistants.gates import GateRefused


class Change(NamedTuple):
    """An assistant's version with another model, the model before, and that of its draft."""

    assistant_id: str
    number: int
    model: str
    draft_model: str | None


@act()
def change_models(
    *, project: Project, old: Collection[str], new: str, author: User
) -> list[Change]:
    """Publish a version with the model `new` of each assistant whose model is in `old`.

    The author's drafts follow. An assistant whose gate refuses it stays as it is.
    :func:`change_models_back` takes the result.
    """
    rows = Assistant.objects.select_for_update(no_key=True).filter(project=project, model__in=old)
    assistants = list(rows.order_by("pk"))
    drafts = _drafts_of(assistants, author)
    changes = []
    for assistant in assistants:
        model = assistant.model
        try:
            published = versions.publish(assistant, {"model": new}, author=author, source="ui")
        except GateRefused:
            continue
        if published is None:
            continue
        draft = drafts.get(assistant.id)
        draft_model = draft.changes.get("model") if draft else None
        follows = draft_model in old
        if draft is not None:
            if follows:
                draft.changes.pop("model")
            _rebase(draft, assistant)
        changes.append(
            Change(assistant.id, assistant.version_number, model, draft_model if follows else None)
        )
    return changes


@act()
def change_models_back(*, project: Project, changes: Sequence[Change], author: User) -> int:
    """Publish the models from before the changes again. Return the number of assistants.

    An assistant with a newer version, or whose gate refuses it, stays as it is.
    """
    rows = Assistant.objects.select_for_update(no_key=True).filter(
        project=project, pk__in=[change.assistant_id for change in changes]
    )
    assistants = {assistant.id: assistant for assistant in rows.order_by("pk")}
    drafts = _drafts_of(assistants.values(), author)
    count = 0
    for change in changes:
        assistant = assistants.get(change.assistant_id)
        if assistant is None or assistant.version_number != change.number:
            continue
        try:
            versions.publish(
                assistant,
                {"model": change.model},
                author=author,
                source="restore",
                note=f"v{change.number - 1}",
            )
        except GateRefused:
            continue
        draft = drafts.get(assistant.id)
        if draft is None and change.draft_model:
            draft = AssistantDraft(assistant=assistant, user=author, base_number=change.number)
        if draft is not None:
            if change.draft_model:
                draft.changes.setdefault("model", change.draft_model)
            _rebase(draft, assistant)
        count += 1
    return count


def _drafts_of(assistants: Collection[Assistant], user: User) -> dict[str, AssistantDraft]:
    drafts = AssistantDraft.objects.filter(user=user, assistant__in=assistants)
    return {draft.assistant_id: draft for draft in drafts}


def _rebase(draft: AssistantDraft, assistant: Assistant) -> None:
    """Save the draft on top of the version that was just published."""
    # Otherwise the page would say that somebody else has published meanwhile.
    if draft.base_number == assistant.version_number - 1:
        draft.base_number = assistant.version_number
    if draft.changes:
        draft.save()
    elif draft.pk:
        draft.delete()
