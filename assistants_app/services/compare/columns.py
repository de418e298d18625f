"""Configurations of columns, and the values that they take for their variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain.configurations.frozen import RUN_FIELDS, FrozenConfiguration
from assistants_app.domain.configurations.variables import (
    BOOLEAN,
    FILE,
    IMAGE,
    NUMBER,
    TEXT,
    Value,
    declared,
)
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Project, Run
from assistants_app.services.runs.frozen import Source, freeze, override
from assistants_app.wire.assistants.variables import value_problems


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What a column is to be. Without a source, it has the settings of the run that is repeated."""

    source: Source | None
    overrides: Mapping[str, Any] = field(default_factory=dict)


def freeze_column(
    project: Project, place: int, choice: ColumnChoice, run: Run | None = None
) -> FrozenConfiguration:
    """Return the configuration of the column in this place. `run` is the one that is repeated.

    Raises :class:`InvalidRequest` and :class:`NotFound`, whose `param` names the column.
    """
    try:
        if choice.source is None and run is not None:
            return override(project, frozen_of_run(run), choice.overrides)
        return freeze(project=project, source=choice.source or Source(), overrides=choice.overrides)
    except (InvalidRequest, NotFound) as error:
        error.param = f"columns[{place}].{error.param or 'assistant'}"
        raise


def frozen_of_run(run: Run) -> FrozenConfiguration:
    """Return the configuration that a run was started with."""
    values: Mapping[str, Value] = run.variables or {}
    return FrozenConfiguration(
        values={name: getattr(run, name) for name in RUN_FIELDS},
        assistant_id=run.assistant_id,
        version_number=run.version_number,
        used_draft=run.used_draft,
        draft_author_id=run.draft_author_id,
        # A run has no declarations, but a value of each variable, which becomes its default.
        declarations=[
            {"name": name, "type": _type_of(value), "default": value}
            for name, value in values.items()
        ],
    )


def _type_of(value: Value) -> str:
    match value:
        case bool():
            return BOOLEAN
        case int() | float():
            return NUMBER
        case str():
            return TEXT
    return FILE if value.get("type") == FILE else IMAGE


def fitting_values(frozen: FrozenConfiguration, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that the configuration declares and that fit their types."""
    declarations = declared(frozen.declarations)
    known = {name: value for name, value in values.items() if name in declarations}
    wrong = value_problems(declarations, known)
    return {name: value for name, value in known.items() if name not in wrong}
