"""Save, discard, rebase and publish a person's unpublished changes to an assistant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.models import (
    Assistant,
    AssistantDraft,
    AssistantVersion,
    Project,
    Run,
    SetAsideDraft,
)
from assistants_app.queries.runs.runs import get_run_of_project
from assistants_app.services.act import act
from assistants_app.services.assistants import configurations, versions
from assistants_app.services.assistants.configurations import (
    base_configuration,
    draft_configuration,
    revision_of,
    with_settings_of,
)
from assistants_app.services.locks import lock_assistant
from assistants_app.wire.assistants.configurations import FIELDS, Configuration, plain_tools
from assistants_app.wire.json_bodies import check_texts

PUBLISH_FIRST = "draft_is_behind"
SAVED_ELSEWHERE = "draft_changed"


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft and its full configuration.

    `draft` is None if no change is left. `problems` has the API's messages by parameter.
    """

    draft: AssistantDraft | None
    configuration: Configuration
    problems: dict[str, str]


@act()
def save_draft(
    *,
    project: Project,
    assistant_id: str,
    user: User,
    changes: Mapping[str, Any],
    revision: str = "",
) -> SavedDraft:
    """Save changed fields in the user's draft, even invalid ones. The last write of a field wins.

    `revision` is the draft's revision that the changes were made on. Raises :class:`Conflict` if
    the draft has another one by now, :class:`NotFound`, and :class:`InvalidRequest` for values that
    can't be stored at all.
    """
    _check_storable(changes)
    assistant = lock_assistant(project, assistant_id)
    found = _find_draft(assistant, user)
    if revision and revision != revision_of(assistant, found):
        message = f"The draft of {assistant.id} was changed elsewhere."
        raise Conflict(message, code=SAVED_ELSEWHERE)
    draft = found or AssistantDraft(
        assistant=assistant, user=user, base_number=assistant.version_number
    )
    base = base_configuration(assistant, draft.base_number)
    # A field that has the base's value again is no longer a change.
    draft.changes = _changed_fields({**draft.changes, **changes}, base)
    if draft.changes:
        draft.saved_at = timezone.now()
        draft.save()
    elif draft.pk:
        draft.delete()
    configuration = {**base, **draft.changes}
    return SavedDraft(
        draft if draft.changes else None,
        configuration,
        configurations.problems_of(project, configuration),
    )


def _check_storable(changes: Mapping[str, Any]) -> None:
    for name in changes:
        if name not in FIELDS:
            raise InvalidRequest(
                f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter"
            )
    check_texts(dict(changes))
    size = len(versions.ordered_json(changes))
    if size > limits.DRAFT_CHARACTERS:
        raise InvalidRequest(
            f"A draft can have up to {limits.DRAFT_CHARACTERS} characters. This one has {size}."
        )


def _changed_fields(changes: Mapping[str, Any], base: Configuration) -> Configuration:
    text = versions.ordered_json
    changes = {**changes, **plain_tools(changes)}
    return {name: value for name, value in changes.items() if text(value) != text(base[name])}


def _find_draft(assistant: Assistant, user: User) -> AssistantDraft | None:
    return AssistantDraft.objects.filter(assistant=assistant, user=user).first()


@act()
def discard_draft(*, project: Project, assistant_id: str, user: User) -> None:
    """Delete the user's draft, if there is one, so that :func:`undo` can bring it back.

    Raises :class:`NotFound` for the assistant.
    """
    _replace_draft(lock_assistant(project, assistant_id), user, None)


@act()
def restore_as_draft(*, project: Project, assistant_id: str, user: User, number: int) -> list[str]:
    """Make an old version the user's draft, in place of the draft that they have.

    Return the ids of files and vector stores that were left out because they don't exist any more.
    Raises :class:`NotFound`.
    """
    assistant = lock_assistant(project, assistant_id)
    old = base_configuration(assistant, number)
    configuration, gone = configurations.drop_missing_resources(project, old)
    _draft(assistant, user, configuration)
    return gone


@act()
def take_settings_of_run(
    *, project: Project, assistant_id: str, user: User, run_id: str
) -> list[str]:
    """Make the settings of one of the assistant's runs the user's draft.

    Fields that runs don't have, such as the name, stay as they are in the draft. Return the ids of
    files and vector stores that were left out because they don't exist any more. Raises
    :class:`NotFound`.
    """
    assistant = lock_assistant(project, assistant_id)
    run = get_run_of_project(project, run_id)
    if run.assistant_id != assistant.id:
        raise NotFound("run of the assistant", run_id)
    return take_settings(assistant, user, run)


def take_settings(
    assistant: Assistant, user: User, run: Run, variables: Sequence[Any] | None = None
) -> list[str]:
    """Make the settings of a run the user's draft of a locked assistant, within the transaction.

    `variables`: declarations, which a run doesn't have. Returns like :func:`take_settings_of_run`.
    """
    shown = shown_configuration(assistant, _find_draft(assistant, user))
    configuration, gone = configurations.drop_missing_resources(
        assistant.project, with_settings_of(run, shown, variables)
    )
    _draft(assistant, user, configuration)
    return gone


def settings_apart(*, assistant: Assistant, draft: AssistantDraft | None, run: Run) -> list[str]:
    """Return the names of the settings that the run had otherwise than the draft, or than the
    published version without one.
    """
    shown = shown_configuration(assistant, draft)
    return list(_changed_fields(with_settings_of(run, shown), shown))


def shown_configuration(assistant: Assistant, draft: AssistantDraft | None) -> Configuration:
    """Return the configuration that a person sees: their draft, or what is published."""
    if draft is not None:
        return draft_configuration(assistant, draft)
    return base_configuration(assistant, assistant.version_number)


def _draft(assistant: Assistant, user: User, configuration: Configuration) -> None:
    base = base_configuration(assistant, assistant.version_number)
    draft = AssistantDraft(
        assistant=assistant,
        user=user,
        base_number=assistant.version_number,
        changes=_changed_fields(configuration, base),
    )
    _replace_draft(assistant, user, draft)


@act()
def undo(*, project: Project, assistant_id: str, user: User) -> None:
    """Bring back the draft that the user discarded or replaced last.

    The present draft takes its place, so a second call undoes the first. Raises :class:`NotFound`
    if there was none.
    """
    assistant = lock_assistant(project, assistant_id)
    last = SetAsideDraft.objects.filter(assistant=assistant, user=user).first()
    if last is None:
        raise NotFound("discarded draft of the assistant", assistant_id)
    put_draft(assistant, user, last.base_number, last.changes)


def put_draft(
    assistant: Assistant, user: User, base_number: int, changes: Mapping[str, Any]
) -> None:
    """Replace the user's draft of a locked assistant, and set the old one aside.

    A draft without changes is none.
    """
    draft = AssistantDraft(
        assistant=assistant, user=user, base_number=base_number, changes=dict(changes)
    )
    _replace_draft(assistant, user, draft)


def _replace_draft(assistant: Assistant, user: User, draft: AssistantDraft | None) -> None:
    """Replace the user's draft, and set the old one aside. A `draft` without changes is none.

    Does nothing if the user has this draft already.
    """
    old = _find_draft(assistant, user)
    # A second click must not set aside what the first one has brought.
    if is_same_draft(old, draft):
        return
    SetAsideDraft.objects.update_or_create(
        assistant=assistant,
        user=user,
        defaults={
            "base_number": old.base_number if old else assistant.version_number,
            "changes": old.changes if old else {},
        },
    )
    if old is not None:
        old.delete()
    if draft is not None and draft.changes:
        draft.save()


def is_same_draft(one: AssistantDraft | None, other: AssistantDraft | None) -> bool:
    """Return whether both change the same version in the same way. Without changes, it is none."""
    return _as_text(one) == _as_text(other)


def _as_text(draft: AssistantDraft | None) -> str:
    if draft is None or not draft.changes:
        return ""
    return versions.ordered_json([draft.base_number, sorted(draft.changes.items())])


@act()
def rebase_draft(
    *,
    project: Project,
    assistant_id: str,
    user: User,
    onto: int | None = None,
    theirs: Collection[str] = (),
) -> SavedDraft:
    """Apply the user's changes to the newest version instead of the one they started from.

    Of the settings in `theirs`, the newest version's are taken and the user's are given up. The
    draft is set aside, so that :func:`undo` can bring it back. Raises :class:`Conflict` if the
    newest version isn't the version `onto`, and :class:`NotFound` without a draft.
    """
    assistant = lock_assistant(project, assistant_id)
    draft = _get_draft(assistant, user)
    if onto not in (None, assistant.version_number):
        raise _published_meanwhile(assistant, draft)
    base = base_configuration(assistant, assistant.version_number)
    kept = {name: value for name, value in draft.changes.items() if name not in theirs}
    rebased = AssistantDraft(
        assistant=assistant,
        user=user,
        base_number=assistant.version_number,
        changes=_changed_fields(kept, base),
    )
    _replace_draft(assistant, user, rebased)
    configuration = {**base, **rebased.changes}
    if not rebased.changes:
        return SavedDraft(None, configuration, {})
    return SavedDraft(rebased, configuration, configurations.problems_of(project, configuration))


def _published_meanwhile(assistant: Assistant, draft: AssistantDraft) -> Conflict:
    return Conflict(
        f"Version {assistant.version_number} of {assistant.id} was published after you "
        f"started this draft from version {draft.base_number}.",
        code=PUBLISH_FIRST,
    )


def _get_draft(assistant: Assistant, user: User) -> AssistantDraft:
    draft = _find_draft(assistant, user)
    if draft is None:
        raise NotFound("draft of the assistant", assistant.id)
    return draft


@act()
def publish_draft(
    *,
    project: Project,
    assistant_id: str,
    user: User,
    note: str = "",
    overwrites: int | None = None,
    override: str = "",
) -> AssistantVersion:
    """Publish the user's draft as the newest version, and delete the draft.

    Raises :class:`Conflict` if another version was published since the draft was started. If that
    is the version `overwrites`, the draft replaces it, including the other person's changes. Raises
    :class:`InvalidRequest` with the first problem of the draft, and :class:`NotFound` without one.
    Raises :class:`GateRefused` unless `override` is an owner's reason to publish it all the same.
    """
    assistant = lock_assistant(project, assistant_id)
    draft = _get_draft(assistant, user)
    if len(note) > limits.VERSION_NOTE:
        raise InvalidRequest(
            f"Invalid 'note': string too long. Expected a string with maximum length "
            f"{limits.VERSION_NOTE}, but got a string with length {len(note)} instead.",
            param="note",
            code="string_above_max_length",
        )
    # A version that the user hasn't seen is not overwritten.
    if assistant.version_number not in (draft.base_number, overwrites):
        raise _published_meanwhile(assistant, draft)
    overwritten = range(draft.base_number + 1, assistant.version_number + 1)
    columns = configurations.columns_to_publish(project, draft_configuration(assistant, draft))
    draft.delete()
    version = versions.publish(
        assistant,
        columns,
        author=user,
        source="ui",
        note=note,
        overwritten=overwritten,
        override=override,
    )
    # None if an overwriting draft is the same as the newest version.
    return version or AssistantVersion.objects.get(
        project=project, assistant_id=assistant.id, number=assistant.version_number
    )
