"""Create, update, restore and delete assistants. Each change makes a version."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant, AssistantVersion, Project, Run
from assistants_app.services import version_parts
from assistants_app.wire.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.configurations import whole
from assistants_app.wire.validation import parse


@transaction.atomic(durable=True)
def create_assistant(
    *,
    project: Project,
    params: AssistantCreateParams,
    author: User | None = None,
    source: str = "api",
    note: str = "",
) -> Assistant:
    """A new assistant, with its version 1."""
    columns = version_parts.columns(project, params)
    assistant = Assistant(project=project)
    version_parts.publish(assistant, columns, author=author, source=source, note=note)
    return assistant


@transaction.atomic(durable=True)
def update_assistant(
    *,
    project: Project,
    assistant_id: str,
    params: AssistantModifyParams,
    author: User | None = None,
    source: str = "api",
) -> Assistant:
    """Change what the request gives, and nothing else. What changes something is a new version.
    Raises :class:`NotFound`.
    """
    assistant = version_parts.lock_assistant(project, assistant_id)
    columns = version_parts.columns(project, params)
    version_parts.publish(assistant, columns, author=author, source=source)
    return assistant


@dataclass(frozen=True, slots=True)
class Restored:
    """`version`: None if nothing differed. `gone`: ids of files and stores that were left out."""

    version: AssistantVersion | None
    gone: list[str]


@transaction.atomic(durable=True)
def restore_version(
    *, project: Project, assistant_id: str, number: int, author: User | None
) -> Restored:
    """Make an old version the newest again. Raises :class:`NotFound`."""
    assistant = version_parts.lock_assistant(project, assistant_id)
    rows = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    old = rows.filter(number=number).first()
    if old is None:
        raise NotFound("assistant version", f"{assistant_id} v{number}")
    configuration, gone = version_parts.present_resources(project, whole(old.configuration))
    columns = version_parts.columns(project, parse(AssistantModifyParams, configuration))
    version = version_parts.publish(
        assistant, columns, author=author, source="restore", note=f"v{number}"
    )
    return Restored(version, gone)


@transaction.atomic(durable=True)
def delete_assistant(*, project: Project, assistant_id: str) -> None:
    """Delete the assistant; its threads, messages and runs stay, and so do the versions that runs
    used. Raises :class:`NotFound`.
    """
    assistant = version_parts.lock_assistant(project, assistant_id)
    runs = Run.objects.filter(
        assistant_id=assistant_id, version_number=OuterRef("number"), project=project
    )
    versions = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    versions.exclude(Exists(runs)).delete()
    assistant.delete()
