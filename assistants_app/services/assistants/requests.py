"""Create, update, restore and delete assistants. Each change publishes a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from assistants_app.domain import limits
from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant, AssistantVersion, FunctionMock, Project, Run
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.services.act import act
from assistants_app.services.assistants import configurations, versions
from assistants_app.services.assistants.configurations import drop_missing_resources, problems_of
from assistants_app.services.audit import Target, note_each
from assistants_app.services.locks import lock_assistant
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.assistants.configurations import Configuration, configuration_of, whole
from assistants_app.wire.assistants.mocks import MockParams, columns_of
from assistants_app.wire.assistants.templates import TEMPLATES
from assistants_app.wire.validation import parse


@act()
def create_assistant(
    *,
    project: Project,
    params: AssistantCreateParams,
    author: User | None = None,
    source: str = "api",
    note: str = "",
) -> Assistant:
    """Create an assistant with its version 1.

    Raises :class:`InvalidRequest`, and :class:`NotFound` for a file or vector store.
    """
    return _create(project, params.given(), author, source=source, note=note)


@act()
def create_from_template(
    *, project: Project, template: str, model: str, author: User | None
) -> Assistant:
    """Create an assistant from a template. Raises :class:`NotFound`."""
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


@act()
def clone_assistant(*, project: Project, assistant_id: str, author: User | None) -> Assistant:
    """Create an assistant with the published configuration and the mocks of another one.

    Files and vector stores that were deleted since are left out. Raises :class:`NotFound`.
    """
    original = get_assistant(project, assistant_id)
    configuration, _ = configurations.drop_missing_resources(project, configuration_of(original))
    if original.name:
        name = gettext("Copy of %(name)s") % {"name": original.name}
        configuration["name"] = name[: limits.NAME]
    note = f"{original.id} v{original.version_number}"
    copy = _create(project, configuration, author, source="ui", note=note)
    _insert_mocks(copy, map(columns_of, mocks_of(project, original.id).values()))
    return copy


def _insert_mocks(assistant: Assistant, mocks: Iterable[Mapping[str, Any]]) -> None:
    FunctionMock.objects.bulk_create(
        FunctionMock(project_id=assistant.project_id, assistant=assistant, **columns)
        for columns in mocks
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    `problems` has the API's messages by parameter; if there are any, nothing was created. `gone`
    has the ids of files and vector stores that were left out because they don't exist here.
    """

    assistants: list[Assistant]
    problems: dict[str, str]
    gone: list[str]


@act()
def import_assistants(
    *,
    project: Project,
    configurations: Sequence[Configuration],
    author: User | None,
    mocks: Sequence[MockParams] = (),
) -> Imported:
    """Create all assistants of a document, or none. The `mocks` are for the first one.

    In a document of several, parameters in `problems` begin with the assistant's place, such as
    ``data[2].``. Raises :class:`InvalidRequest` for mocks that can't be stored.
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
    # All problems at once, so that a person can correct the document in one go.
    if problems:
        return Imported([], problems, [])
    made = [_create(project, item, author, source="import") for item in present]
    for assistant in made[:1]:
        _insert_mocks(assistant, columns)
    note_each("import_assistants", project=project, targets=map(_target, made))
    return Imported(made, {}, gone)


@act()
def update_assistant(
    *,
    project: Project,
    assistant_id: str,
    params: AssistantModifyParams,
    author: User | None = None,
    source: str = "api",
) -> Assistant:
    """Change the columns that the request sets, and publish a version if any of them differs.

    Raises :class:`NotFound`, :class:`InvalidRequest` and :class:`GateRefused`.
    """
    assistant = lock_assistant(project, assistant_id)
    columns = configurations.columns_from(project, params, present=assistant)
    versions.publish(assistant, columns, author=author, source=source)
    return assistant


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of restoring a version.

    `version` is the new version, or None if nothing differs. `gone` has the ids of files and
    vector stores that were left out because they don't exist any more.
    """

    version: AssistantVersion | None
    gone: list[str]


@act()
def restore_version(
    *, project: Project, assistant_id: str, number: int, author: User | None, override: str = ""
) -> Restored:
    """Publish an old version's configuration again.

    `override`: why an owner does so over the assistant's gate. Raises :class:`NotFound`, and
    :class:`GateRefused`.
    """
    assistant = lock_assistant(project, assistant_id)
    rows = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    old = rows.filter(number=number).first()
    if old is None:
        raise NotFound("assistant version", f"{assistant_id} v{number}")
    configuration, gone = configurations.drop_missing_resources(project, whole(old.configuration))
    columns = configurations.columns_from(project, parse(AssistantModifyParams, configuration))
    version = versions.publish(
        assistant,
        columns,
        author=author,
        source="restore",
        note=f"v{number}",
        override=override,
    )
    return Restored(version, gone)


@act()
def delete_assistant(*, project: Project, assistant_id: str) -> None:
    """Delete the assistant. Its threads, messages and runs stay. Raises :class:`NotFound`."""
    assistant = lock_assistant(project, assistant_id)
    # Versions that runs used stay too, so that the run log can show them.
    runs = Run.objects.filter(
        assistant_id=assistant_id, version_number=OuterRef("number"), project=project
    )
    versions = AssistantVersion.objects.filter(project=project, assistant_id=assistant_id)
    versions.exclude(Exists(runs)).delete()
    note_each("delete_assistant", project=project, targets=[_target(assistant)])
    assistant.delete()


def _target(assistant: Assistant) -> Target:
    return Target("assistant", assistant.id, assistant.name or "")
