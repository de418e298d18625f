"""What a cell asks: the messages of its row, with values in the place of variables."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistants_app.domain.configurations.variables import (
    NAME,
    Declaration,
    Declarations,
    render,
)
from assistants_app.domain.tapes.policy import MOCK, Policy, read_policy

_MARK = re.compile(r"(?=\{\{)")


def text_of_turn(content: Mapping[str, Any], turn: int, known: Declarations) -> str:
    """Return the row's message with its variables replaced.

    The marks of variables that the variant has declared itself (`known`) stay, since a run replaces
    them. Nothing within a value is replaced by it.
    """
    values = {
        name: _as_value(value, escaped=bool(known))
        for name, value in content.get("variables", {}).items()
        if name not in known and NAME.fullmatch(name)
    }
    declarations = {name: Declaration(name) for name in values}
    return render(str(content["turns"][turn]["content"]), declarations, values)


def _as_value(value: Any, *, escaped: bool) -> Any:
    if isinstance(value, Mapping) and "type" in value:
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # The run looks for marks once more if the variant has variables.
    return _MARK.sub(r"\\", text) if escaped else text


def values_of_run(
    content: Mapping[str, Any], of_variant: Mapping[str, Any], known: Declarations
) -> dict[str, Any]:
    """Return the values of the variables that the variant declares. The row's go first."""
    of_row = content.get("variables", {})
    return {name: value for name, value in {**of_variant, **of_row}.items() if name in known}


def policy_of_run(
    content: Mapping[str, Any],
    of_variant: Mapping[str, Any] | None,
    of_tape: Mapping[str, Any] | None,
) -> Policy | None:
    """Return how calls are answered, or None if they are as usual.

    A variant's policy goes before that of the row's tape. Mocks of the row go before all others.
    """
    stored = of_variant if of_variant is not None else of_tape
    mocks = content.get("mocks") or {}
    if stored is not None:
        policy = read_policy(stored)
        return replace(policy, mocks={**policy.mocks, **mocks})
    return Policy(on_miss=MOCK, mocks=mocks) if mocks else None
