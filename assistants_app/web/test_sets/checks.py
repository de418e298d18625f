"""The editor of checks: a part of a form, which the page sends back after each change of the list.

Every button is one of the form's own, so the editor works without scripts. With them, only the list
is replaced.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain.checks.forms import catalogue, form_of
from assistants_app.domain.checks.kinds import KINDS, Kind
from assistants_app.domain.checks.validation import MOST_CHECKS
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.check_drafts import (
    ADD,
    DOWN,
    REMOVE,
    UP,
    Draft,
    carry_out,
    read_draft,
)
from assistants_app.domain.tools import BUILT_IN_TYPES
from assistants_app.gateway.endpoints import list_models
from assistants_app.models import Project
from assistants_app.queries.assistants.lists import functions_in_use
from assistants_app.rendering.checks.outcomes import render_fields
from assistants_app.web.http import whole_number

NUMBER, ACT, NEW_KIND = "check", "act", "new-check"


@dataclass(frozen=True, slots=True)
class Card:
    """A check as the page shows it. `own` and `common` are its fields, "" if it is closed."""

    number: int
    draft: Draft
    kind: Kind
    stored: str
    own: SafeString | str = ""
    common: SafeString | str = ""

    @property
    def is_open(self) -> bool:
        return self.draft.texts is not None

    @property
    def prefix(self) -> str:
        return f"{NUMBER}-{self.number}-"

    @property
    def turn_error(self) -> str:
        return self.draft.message_of("turn")

    @property
    def kept(self) -> dict[str, Any]:
        """What is kept of a check of another product."""
        kept = self.draft.stored.get("kept")
        return kept if isinstance(kept, dict) else {}

    @property
    def kept_json(self) -> str:
        return json.dumps(self.kept, indent=2, ensure_ascii=False)


def read_drafts(request: HttpRequest) -> list[Draft]:
    """Return the checks in the form, in its order. Raises :class:`InvalidRequest`."""
    numbers = request.POST.getlist(NUMBER)
    if len(numbers) > MOST_CHECKS:
        raise InvalidRequest(_("A row has at most %(most)d checks.") % {"most": MOST_CHECKS})
    return [_read(request, f"{NUMBER}-{number}-") for number in numbers]


def _read(request: HttpRequest, prefix: str) -> Draft:
    sent = request.POST.get
    return read_draft(
        sent(f"{prefix}stored", ""),
        sent(f"{prefix}kind", ""),
        sent(f"{prefix}turn", ""),
        lambda name: sent(f"{prefix}{name}"),
    )


def act_of(request: HttpRequest) -> tuple[str, int]:
    """Return the act of the button that was pressed with the place of its check, or ("", 0)."""
    name, _colon, place = request.POST.get(ACT, "").partition(":")
    return name, whole_number(place) or 0


def after_act(request: HttpRequest, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts after the act of the button that was pressed."""
    name, place = act_of(request)
    return carry_out(drafts, name, place, request.POST.get(NEW_KIND, ""))


def editor_context(
    drafts: Sequence[Draft], turns: int, act: tuple[str, int] = ("", 0)
) -> dict[str, Any]:
    """Return the context of ``tests/_checks.html`` for a row with this number of messages.

    `act` is what has just been done, which decides where the focus goes.
    """
    cards = [_card(number, draft) for number, draft in enumerate(drafts)]
    turns = max([turns, *(int(draft.turn) + 1 for draft in drafts if draft.turn)])
    return {
        "checks": cards,
        "catalogue": [(_(group), kinds) for group, kinds in catalogue()],
        # A thread with one reply needs no choice.
        "turns": [(str(place), place + 1) for place in range(turns)] if turns > 1 else [],
        "focus": _focus(act, len(cards)),
    }


def names_to_choose(project: Project) -> dict[str, list[str]]:
    """Return the names that fields of checks offer, for ``tests/_names.html``."""
    return {
        "tools": [*BUILT_IN_TYPES, *functions_in_use(project)],
        "models": [i.id for one in list_models(project_id=project.id) for i in one.models],
    }


def _card(number: int, draft: Draft) -> Card:
    kind = KINDS[draft.kind]
    stored = json.dumps(draft.stored, ensure_ascii=False)
    if draft.texts is None:
        return Card(number, draft, kind, stored)
    form = iter(form_of({"kind": kind.name}, draft.problems, draft.texts))
    prefix = f"{NUMBER}-{number}-"
    own = render_fields(list(islice(form, len(kind.fields))), prefix)
    return Card(number, draft, kind, stored, own, render_fields(list(form), prefix))


def _focus(act: tuple[str, int], count: int) -> str:
    """Return the ID of what gets the focus after an act, so that keys go on where they were."""
    name, place = act
    if name == ADD:
        return f"{NUMBER}-{count - 1}-kind"
    if name in (UP, DOWN):
        at = min(max(place + (1 if name == DOWN else -1), 0), count - 1)
        # At an end of the list, the button that leads there is disabled.
        at_end = at == (count - 1 if name == DOWN else 0)
        return f"{NUMBER}-{at}-{_OTHER[name] if at_end else name}"
    if name == REMOVE:
        return f"{NUMBER}-{min(place, count - 1)}-{REMOVE}" if count else "new-check"
    shown = {"edit": "kind", "kind": "kind", "close": "edit", "copy": "copy"}
    return f"{NUMBER}-{place}-{shown[name]}" if name in shown else ""


_OTHER = {UP: DOWN, DOWN: UP}


def open_problems(drafts: Sequence[Draft]) -> bool:
    """Return whether any of the checks can't be saved as it is."""
    return any(draft.problems for draft in drafts)
