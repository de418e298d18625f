"""Frozen configurations keep the declarations of variables, and their runs get values."""

from typing import Any

import pytest

from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.configurations.origins import COMPARE
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Assistant, Run
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.runs.frozen import Source, create_frozen_run, freeze
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast

DECLARED: list[dict[str, Any]] = [
    {"name": "city", "type": "text"},
    {"name": "days", "type": "number", "default": 3},
]


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


def frozen(cast: Cast, declared: list[dict[str, Any]]) -> FrozenConfiguration:
    body = {"model": "m", "instructions": "{{city}}", "variables": declared}
    made = assistants.create_assistant(
        project=cast.project, params=parse(AssistantCreateParams, body)
    )
    found = freeze(project=cast.project, source=Source(made.id))
    Assistant.objects.filter(pk=made.id).delete()
    return FrozenConfiguration.from_json(found.as_json())


def start(cast: Cast, configuration: FrozenConfiguration, **values: Any) -> Run:
    made = create_frozen_run(
        project=cast.project,
        thread_id=cast.thread.id,
        frozen=configuration,
        origin=COMPARE,
        variables=values,
    )
    return Run.objects.get(pk=made.id)


def test_a_run_gets_values_after_its_assistant_is_deleted(cast: Cast) -> None:
    configuration = frozen(cast, DECLARED)
    assert configuration.declarations == DECLARED
    run = start(cast, configuration, city="Oslo")
    assert run.variables == {"city": "Oslo", "days": 3}
    assert run.instructions == "{{city}}"


@pytest.mark.parametrize(
    ("values", "param"),
    [
        ({}, "variables.city"),
        ({"city": "Oslo", "colour": "red"}, "variables.colour"),
        ({"city": 3}, "variables.city"),
    ],
)
def test_wrong_values_are_refused(cast: Cast, values: dict[str, Any], param: str) -> None:
    configuration = frozen(cast, DECLARED)
    before = Run.objects.count()
    with pytest.raises(InvalidRequest) as refused:
        start(cast, configuration, **values)
    assert refused.value.param == param
    assert Run.objects.count() == before


def test_declarations_are_part_of_the_digest_if_there_are_any(cast: Cast) -> None:
    without, one, other = (
        frozen(cast, declared).digest for declared in ([], DECLARED, DECLARED[:1])
    )
    assert len({without, one, other}) == 3
    assert without == FrozenConfiguration(frozen(cast, []).values).digest
    assert one == frozen(cast, DECLARED).digest
    assert start(cast, frozen(cast, [])).variables is None
