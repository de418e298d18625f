"""The form of a check: its fields as texts, and back to JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.checks import kinds
from assistants_app.domain.checks.kinds import (
    FLAG,
    GROUPS,
    KINDS,
    NUMBER,
    TEXT,
    Field,
    Kind,
)
from assistants_app.domain.checks.validation import Problem, validate_check
from assistants_app.domain.missing import MISSING, Missing
from assistants_app.domain.schemas.json_values import read_json

ON = "on"  # what browsers send for a ticked box
_NOT = Field("not", FLAG, "Not", "The reply passes if this isn't so.")
_WEIGHT = Field("weight", NUMBER, "Weight", "If empty, 1. With 0, the check only informs.")
_METRIC = Field("metric", TEXT, "Metric", "The figure to which the score is added.")


@dataclass(frozen=True, slots=True)
class FormField:
    """A field with the text that the form shows, and why it was refused, or ""."""

    field: Field
    text: str = ""
    error: str = ""

    @property
    def is_on(self) -> bool:
        """Whether the box of a flag is ticked."""
        return self.text == ON


def catalogue() -> list[tuple[str, list[Kind]]]:
    """Return the kinds that people can choose, by group."""
    return [(group, [kind for kind in KINDS.values() if kind.group == group]) for group in GROUPS]


def fields_of(kind: Kind) -> tuple[Field, ...]:
    """Return all fields of a check of this kind, its own first."""
    if kind.threshold is None:
        return (*kind.fields, _NOT, _WEIGHT, _METRIC)
    help = f"A score from 0 to 1. If empty, {kind.threshold:g}."
    graded = Field("threshold", NUMBER, "Passes from", help)
    return (*kind.fields, _NOT, graded, _WEIGHT, _METRIC)


def form_of(
    stored: Mapping[str, Any],
    problems: Sequence[Problem] = (),
    texts: Mapping[str, str] | None = None,
) -> list[FormField]:
    """Return the form of a check, whose kind is known. `texts` are those that were refused."""
    errors = {problem.param: problem.message for problem in reversed(problems)}
    shown = []
    for field in fields_of(KINDS[stored["kind"]]):
        text = texts.get(field.name, "") if texts is not None else _text_of(field, stored)
        shown.append(FormField(field, text, errors.get(field.name, "")))
    return shown


def read_form(kind: str, texts: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the check that a form describes, and what is wrong with it. Empty fields are left out.

    The check may be stored if there are no problems.
    """
    if kind not in KINDS:
        return {"kind": kind}, validate_check({"kind": kind})
    stored: dict[str, Any] = {"kind": kind}
    unread: list[Problem] = []
    for field in fields_of(KINDS[kind]):
        try:
            value = _value_of(field, texts.get(field.name, ""))
        except ValueError as error:
            unread.append(Problem(field.name, f"{error}."))
            continue
        if value is not MISSING:
            stored[field.name] = value
    read = {problem.param for problem in unread}
    problems = [problem for problem in validate_check(stored) if problem.param not in read]
    return stored, [*unread, *problems]


def _text_of(field: Field, stored: Mapping[str, Any]) -> str:
    value = stored.get(field.name, field.default)
    if value is None and field.type != kinds.VALUE:
        # In a VALUE, null is JSON. Elsewhere it is as if the field weren't there.
        value = field.default
    match field.type:
        case kinds.FLAG:
            return ON if value else ""
        case kinds.CHOICE:
            return str(value or field.choices[0][0])
        case _ if value is None and field.name not in stored:
            return ""
        case kinds.LINES | kinds.TOOLS:
            return "\n".join(value)
        case kinds.VALUE if isinstance(value, str):
            # A text that would be read as something else is shown in quotation marks.
            return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
        case kinds.VALUE | kinds.OBJECT if not isinstance(value, str):
            return json.dumps(value, ensure_ascii=False, indent=2)
        case kinds.NUMBER | kinds.INTEGER:
            return "" if value is None else f"{value}"
    return str(value)


def _is_plain(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return bool(text.strip()) and text == text.strip()
    return False


def _value_of(field: Field, text: str) -> Any | Missing:
    """Return the value in a text. Raises ValueError that says what is wrong."""
    if field.type == FLAG:
        # Boxes that aren't ticked aren't sent, so only what differs from the default is stored.
        ticked = text == ON
        return MISSING if ticked is bool(field.default) else ticked
    # Browsers send the line ends of the network.
    text = text.replace("\r\n", "\n")
    if not text.strip():
        return MISSING
    match field.type:
        case kinds.CHOICE:
            return MISSING if text == field.choices[0][0] else text
        case kinds.LINES | kinds.TOOLS:
            return [line for line in text.split("\n") if line.strip()]
        case kinds.NUMBER | kinds.INTEGER:
            return _number_in(text)
        case kinds.VALUE:
            return _json_or_text(text)
        case kinds.OBJECT:
            return _object_in(text)
    return text


def _number_in(text: str) -> Any:
    try:
        return read_json(text.strip())
    except ValueError:
        raise ValueError("Enter a number, with a point before decimals") from None


def _json_or_text(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return text.strip()


def _object_in(text: str) -> Any:
    if text.strip().startswith("{{"):
        return text.strip()
    try:
        return read_json(text)
    except ValueError as error:
        raise ValueError(f"This is not valid JSON: {error}") from None
