"""Create, update, restore and delete assistants. Each change makes a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from assistants_app.domain import limits
from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant, AssistantVersion, FunctionMock, Project, Run
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.services.assistants import configurations, versions
from assistants_app.services.assistants.configurations import drop_missing_resources, problems_of
from assistants_app.services.locks import lock_assistant
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.assistants.configurations import Configuration, configuration_of, whole
from assistants_app.wire.assistants.mocks import MockParams, columns_of
from assistants_app.wire.assistants.templates import TEMPLATES
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
    return _create(project, params.given(), author, source=source, note=note)


@transaction.atomic(durable=True)
def create_from_template(
    *, project: Project, template: str, model: str, author: User | None
) -> Assistant:
    """A new assistant as the template of this name has it. Raises :class:`NotFound`."""
    if template not in TEMPLATES:
        raise NotFound("template", template)
    return _create(project, {"model": model, **TEMPLATES[template]}, author, source="ui")


def _create(
    project: Project,
    configuration: Configuration,
    author: User | None,
    *,
    source: str,
    note: str = "",
) -> Assistant:
    columns = configurations.columns_from(project, parse(AssistantCreateParams, configuration))
    assistant = Assistant(project=project)
    versions.publish(assistant, columns, author=author, source=source, note=note)
    return assistant


@transaction.atomic(durable=True)
def clone_assistant(*, project: Project, assistant_id: str, author: User | None) -> Assistant:
    """A new assistant with the configuration and the mocks of another one, under another name;
    without files that are gone. Raises :class:`NotFound`.
    """
    original = get_assistant(project, assistant_id)
    configuration, _ = configurations.drop_missing_resources(project, configuration_of(original))
    if original.name:
        name = gettext("Copy of %(name)s") % {"name": original.name}
        configuration["name"] = name[: limits.NAME]
    note = f"{original.id} v{original.version_number}"
    copy = _create(project, configuration, author, source="ui", note=note)
    _keep_mocks(copy, map(columns_of, mocks_of(project, original.id).values()))
    return copy


def _keep_mocks(assistant: Assistant, mocks: Iterable[Mapping[str, Any]]) -> None:
    FunctionMock.objects.bulk_create(
        FunctionMock(project_id=assistant.project_id, assistant=assistant, **columns)
        for columns in mocks
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """`problems`: by parameter, in the API's words; with any of them nothing was created. `gone`:
    ids of files and stores that this project does not have, and that were left out.
    """

    assistants: list[Assistant]
    problems: dict[str, str]
    gone: list[str]


@transaction.atomic(durable=True)
def import_assistants(
    *,
    project: Project,
    configurations: Sequence[Configuration],
    author: User | None,
    mocks: Sequence[MockParams] = (),
) -> Imported:
    """New assistants as a document has them: all of them, or none. `mocks`: of the first one. The
    parameters of `problems` tell the place in a document of several.

    Raises :class:`InvalidRequest` for mocks that cannot be kept.
    """
    columns = [columns_of(mock) for mock in mocks]
    problems: dict[str, str] = {}
    present: list[Configuration] = []
    gone: list[str] = []
    for number, given in enumerate(configurations):
        configuration, missing = drop_missing_resources(project, given)
        place = f"data[{number}]." if len(configurations) > 1 else ""
        found = problems_of(project, configuration, new=True)
        problems |= {f"{place}{param}": message for param, message in found.items()}
        present.append(configuration)
        gone += missing
    if problems:
        return Imported([], problems, [])
    made = [_create(project, item, author, source="import") for item in present]
    for assistant in made[:1]:
        _keep_mocks(assistant, columns)
    return Imported(made, {}, gone)


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
    assistant = lock_assistant(project, assistant_id)
    columns = configurations.columns_from(project, params)
    versions.publish(assistant, columns, author=author, source=source)
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
    assistant = lock_assistant(project, assistant_id)
    rows = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    old = rows.filter(number=number).first()
    if old is None:
        raise NotFound("assistant version", f"{assistant_id} v{number}")
    configuration, gone = configurations.drop_missing_resources(project, whole(old.configuration))
    columns = configurations.columns_from(project, parse(AssistantModifyParams, configuration))
    version = versions.publish(
        assistant, columns, author=author, source="restore", note=f"v{number}"
    )
    return Restored(version, gone)


@transaction.atomic(durable=True)
def delete_assistant(*, project: Project, assistant_id: str) -> None:
    """Delete the assistant; its threads, messages and runs stay, and so do the versions that runs
    used. Raises :class:`NotFound`.
    """
    assistant = lock_assistant(project, assistant_id)
    runs = Run.objects.filter(
        assistant_id=assistant_id, version_number=OuterRef("number"), project=project
    )
    versions = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    versions.exclude(Exists(runs)).delete()
    assistant.delete()
