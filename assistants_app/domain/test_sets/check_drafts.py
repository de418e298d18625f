"""The checks of a row as a form has them: in one list, with what is wrong with each."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from assistants_app.domain.checks.check import check_from
from assistants_app.domain.checks.forms import fields_of, form_of, read_form
from assistants_app.domain.checks.kinds import CHOICE, FOREIGN, KINDS
from assistants_app.domain.checks.validation import MOST_CHECKS, Problem, validate_check
from assistants_app.domain.checks.wording import describe
from assistants_app.domain.errors import InvalidRequest

ADD, EDIT, CLOSE, KIND = "add", "edit", "close", "kind"
UP, DOWN, COPY, REMOVE = "up", "down", "copy", "remove"
ACTS: Final = (ADD, EDIT, CLOSE, KIND, UP, DOWN, COPY, REMOVE)
_ONE_TEXT, _TEXTS = "value", "values"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A check in a form. `stored` is its JSON as far as it could be read.

    `turn` is the number of the message whose reply it looks at, or "" for the whole thread. `texts`
    are those of its fields, or None unless the form shows them.
    """

    stored: Mapping[str, Any]
    turn: str = ""
    texts: Texts | None = None
    problems: Sequence[Problem] = ()

    @property
    def kind(self) -> str:
        return str(self.stored["kind"])

    @property
    def is_foreign(self) -> bool:
        return self.kind == FOREIGN

    @property
    def words(self) -> str:
        """What the check asks for, or its kind if that isn't known yet."""
        if self.problems or validate_check(self.stored):
            return KINDS[self.kind].label
        return describe(check_from(self.stored))

    def message_of(self, param: str) -> str:
        """Return what is wrong with a part of the check that is no field of its kind, or ""."""
        return next((one.message for one in self.problems if one.param == param), "")


def drafts_of(content: Mapping[str, Any]) -> list[Draft]:
    """Return the checks of a row: of the thread first, then by message."""
    by_turn = content.get("turn_checks", {})
    return [
        *(Draft(check) for check in content.get("checks", [])),
        *(Draft(check, turn) for turn in sorted(by_turn, key=int) for check in by_turn[turn]),
    ]


def described(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the checks of a stored row in words, each after the number of its message or ""."""
    return [(draft.turn, describe(check_from(draft.stored))) for draft in drafts_of(content)]


def fields_with(drafts: Iterable[Draft]) -> dict[str, Any]:
    """Return the fields of a row that hold these checks."""
    made: dict[str, Any] = {"checks": [], "turn_checks": {}}
    for draft in drafts:
        if draft.turn:
            made["turn_checks"].setdefault(draft.turn, []).append(dict(draft.stored))
        else:
            made["checks"].append(dict(draft.stored))
    return made


def read_draft(stored: str, kind: str, turn: str, text_of: Callable[[str], str | None]) -> Draft:
    """Return a check from a form.

    `stored` is the JSON that the form was made from, `kind` the one chosen now, or "" if the form
    doesn't show its fields. `text_of` returns the text of a field. Raises :class:`InvalidRequest`
    for a form that isn't ours.
    """
    before = _stored(stored)
    if turn and not (turn.isascii() and turn.isdecimal() and len(turn) < 5):
        raise _strange_form()
    if not kind or before["kind"] == FOREIGN:
        if validate_check(before):
            raise _strange_form()
        return Draft(before, turn)
    if kind not in KINDS or kind == FOREIGN:
        raise _strange_form()
    names = [field.name for field in fields_of(KINDS[before["kind"]])]
    texts = {name: (text_of(name) or "").replace("\r\n", "\n") for name in names}
    if kind != before["kind"]:
        texts = _carried(before["kind"], kind, texts)
    elif not validate_check(before) and texts == texts_of(before):
        # What nobody has touched stays as it is, with spaces that a form doesn't keep.
        return Draft(before, turn, texts)
    made, problems = read_form(kind, texts)
    return Draft(made, turn, texts, problems)


def _stored(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _strange_form() from None
    kind = found.get("kind") if isinstance(found, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise _strange_form()
    return dict(found)


def _strange_form() -> InvalidRequest:
    return InvalidRequest("A check in the form isn't complete. Load the page again.")


def texts_of(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the fields of a check, which is valid or has no fields yet."""
    return {one.field.name: one.text.replace("\r\n", "\n") for one in form_of(stored)}


def _carried(old: str, new: str, texts: Texts) -> dict[str, str]:
    """Return the texts of a check that has another kind now, as far as its fields are the same."""
    types = {field.name: field.type for field in fields_of(KINDS[old])}
    made = texts_of({"kind": new})
    for field in fields_of(KINDS[new]):
        if types.get(field.name) == field.type and field.type != CHOICE:
            made[field.name] = texts[field.name]
    if _ONE_TEXT in made and _TEXTS in texts:
        made[_ONE_TEXT] = texts[_TEXTS].partition("\n")[0]
    elif _TEXTS in made and _ONE_TEXT in texts:
        made[_TEXTS] = texts[_ONE_TEXT]
    return made


def carry_out(drafts: Sequence[Draft], name: str, place: int, kind: str = "") -> list[Draft]:
    """Return the list after one of ``ACTS`` at a place. ``ADD`` appends a check of the `kind`.

    Raises :class:`InvalidRequest` for an act or a place that doesn't exist, and for too many.
    """
    if name == ADD:
        if kind not in KINDS or kind == FOREIGN:
            raise InvalidRequest("Choose a kind of check.", param="kind")
        _require_room(drafts)
        stored = {"kind": kind}
        return [*drafts, Draft(stored, texts=texts_of(stored))]
    if name not in ACTS or not 0 <= place < len(drafts):
        raise _strange_form()
    made = list(drafts)
    if name in (UP, DOWN):
        other = place + (1 if name == DOWN else -1)
        if 0 <= other < len(made):
            made[place], made[other] = made[other], made[place]
    elif name == COPY:
        _require_room(made)
        made.insert(place + 1, made[place])
    elif name == REMOVE:
        del made[place]
    else:
        made[place] = _changed(made[place], name)
    return made


def _changed(draft: Draft, name: str) -> Draft:
    if name == EDIT and not draft.is_foreign:
        return replace(draft, texts=draft.texts or texts_of(draft.stored))
    if name == CLOSE and not draft.problems:
        return replace(draft, texts=None)
    if name == KIND:
        # Nobody has had a chance to fill in the new fields.
        return replace(draft, problems=())
    return draft


def _require_room(drafts: Sequence[Draft]) -> None:
    if len(drafts) >= MOST_CHECKS:
        raise InvalidRequest(f"A row has at most {MOST_CHECKS} checks.")


def with_lost_turns(drafts: Iterable[Draft], turns: int) -> list[Draft]:
    """Return the drafts with a problem for each that names a message the row doesn't have."""
    lost = Problem("turn", "The row doesn't have this message any more. Choose another one.")
    return [
        replace(draft, problems=[*draft.problems, lost])
        if draft.turn and int(draft.turn) >= turns
        else draft
        for draft in drafts
    ]
