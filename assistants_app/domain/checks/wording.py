"""Checks in plain words, in one line."""

from collections.abc import Mapping
from typing import Any

from assistants_app.domain.checks import kinds
from assistants_app.domain.checks.check import Check
from assistants_app.domain.checks.filling import as_text
from assistants_app.domain.checks.kinds import KINDS, Field
from assistants_app.domain.checks.texts import quoted

SHOWN = 4  # of a list


def describe(check: Check) -> str:
    """Return what the check asks for, such as "Contains all of “Oslo”, “21 °C”"."""
    kind = KINDS[check.kind]
    if kind.name == kinds.FOREIGN:
        return _foreign(kind.label, check.params["kept"].get("type"))
    parts = [words for field in kind.fields if (words := _in_words(field, check.params, kind.name))]
    words = " ".join([kind.label, *parts])
    if check.threshold is not None:
        words += f", at least {check.threshold:g}"
    # No prefix would fit all labels, so the opposite is said before them.
    return f"Not: {words[0].lower()}{words[1:]}" if check.negated else words


def _foreign(label: str, kind: Any) -> str:
    # Only the other product can say what it asks for.
    return f"{label} {quoted(kind)}" if isinstance(kind, str) and kind.strip() else label


def _in_words(field: Field, params: Mapping[str, Any], kind: str) -> str:
    value = params.get(field.name)
    if value is None or value == "" or value == field.default:
        return ""
    match field.type:
        case kinds.FLAG:
            return f"({field.label.lower()})" if value else ""
        case kinds.CHOICE:
            label = dict(field.choices).get(value, "")
            # The first choice goes without saying.
            return f"({label.lower()})" if value != field.choices[0][0] else ""
        case kinds.LINES | kinds.TOOLS:
            more = f" and {len(value) - SHOWN} more" if len(value) > SHOWN else ""
            listed = ", ".join(quoted(line) for line in value[:SHOWN]) + more
            return listed if field.required else f"{field.label.lower()} {listed}"
        case kinds.TEXT | kinds.LONG_TEXT | kinds.TOOL:
            return quoted(value) if field.required else f"{field.label.lower()} {quoted(value)}"
        case kinds.NUMBER | kinds.INTEGER:
            amount = f"{value:,}"
            return (
                f"{amount} {_UNITS.get(kind, '')}".strip()
                if field.required
                else (f"{field.label.lower()} {amount}")
            )
        case kinds.VALUE | kinds.OBJECT:
            return quoted(as_text(value))
    return ""


_UNITS = {"cost": "dollars", "tokens": "tokens", "first_token": "s", "duration": "s"}
