"""Save and remove mocks of functions."""

from typing import Any

from django.utils import timezone

from assistants_app.domain.errors import NotFound
from assistants_app.models import FunctionMock, Project
from assistants_app.models.mocks import STATIC
from assistants_app.services.act import act
from assistants_app.services.locks import lock_assistant
from assistants_app.wire.assistants.mocks import MockParams, columns_of
from assistants_app.wire.json_bodies import check_texts


@act()
def save_mock(*, project: Project, assistant_id: str, params: MockParams) -> FunctionMock:
    """Create or replace the mock of a function.

    Raises :class:`NotFound` for the assistant, and :class:`InvalidRequest` for text that can't be
    stored.
    """
    return _save_mock(project, assistant_id, **columns_of(params))


@act()
def save_output(*, project: Project, assistant_id: str, params: MockParams) -> FunctionMock:
    """Make an output the static mock of its function. Raises like :func:`save_mock`."""
    # The mock's result schema, and whether it answers at once, stay as they are.
    return _save_mock(
        project, assistant_id, params.function, kind=STATIC, definition=params.definition
    )


def _save_mock(project: Project, assistant_id: str, function: str, **columns: Any) -> FunctionMock:
    check_texts(columns)
    # The lock keeps the assistant from being deleted meanwhile.
    assistant = lock_assistant(project, assistant_id)
    mock, _ = FunctionMock.objects.update_or_create(
        project=project,
        assistant=assistant,
        function=function,
        defaults={**columns, "saved_at": timezone.now()},
    )
    return mock


@act()
def remove_mock(*, project: Project, assistant_id: str, function: str) -> None:
    """Delete the mock. Raises :class:`NotFound`."""
    rows = FunctionMock.objects.filter(project=project, assistant_id=assistant_id)
    removed, _ = rows.filter(function=function).delete()
    if not removed:
        raise NotFound("mock of the function", function)
