"""The values of variables for the next answers of all columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from assistants_app.domain.configurations.variables import Declaration, declared
from assistants_app.models import ComparisonColumn
from assistants_app.models.compare.snapshots import LaneState, SeenComparison
from assistants_app.web.assistants.values import (
    ValueField,
    texts_in,
    typed_values,
    value_fields_of,
)
from assistants_app.web.assistants.variables import typed_text


def declarations_of(column: ComparisonColumn) -> dict[str, Declaration]:
    """Return the variables of a column by name."""
    return declared(column.configuration.get("declarations"))


def fields_of(
    seen: SeenComparison, states: Sequence[LaneState], texts: Mapping[str, str]
) -> list[ValueField]:
    """Return a field for each variable of any column, with what was typed in the form or else with
    the value of the last run.
    """
    union: dict[str, Declaration] = {}
    # By the position, which is the same for everybody: a variable that only one column has must
    # not say which letter the column has.
    for column in sorted((one.column for one in seen.columns), key=lambda one: one.position):
        for name, declaration in declarations_of(column).items():
            union.setdefault(name, declaration)
    if not union:
        return []
    last: dict[str, str] = {}
    for state in states:
        for name, value in ((state.run and state.run.variables) or {}).items():
            last.setdefault(name, typed_text(value))
    return value_fields_of(union, {**last, **texts})


def values_of_form(request: HttpRequest, seen: SeenComparison) -> dict[str, dict[str, Any]]:
    """Return the values that each column declares, by the keys of columns."""
    texts = texts_in(request)
    return {
        one.column.key: typed_values(declarations_of(one.column), texts) for one in seen.columns
    }
