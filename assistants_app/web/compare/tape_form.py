"""The fields that say whether the calls of columns are answered from a recorded run, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from assistants_app.domain.tapes.policy import (
    ASK,
    FAIL,
    IN_ORDER,
    LIVE,
    MOCK,
    STRICT,
    TAPE,
    Policy,
    read_policy,
)
from assistants_app.models import Run
from assistants_app.queries.runs.runs import has_called_tools

Choices = Sequence[tuple[str, str | Promise]]

_FIELDS: Final[Mapping[str, tuple[str | Promise, Choices]]] = {
    "matching": (
        gettext_lazy("Functions are answered"),
        (
            (STRICT, gettext_lazy("if their arguments are the same")),
            (IN_ORDER, gettext_lazy("in the order of the recording")),
        ),
    ),
    "on_miss": (
        gettext_lazy("A call without a recorded output"),
        (
            (FAIL, gettext_lazy("fails the run")),
            (ASK, gettext_lazy("waits for a person")),
            (MOCK, gettext_lazy("is answered by a mock")),
            (LIVE, gettext_lazy("runs live")),
        ),
    ),
    "code": (
        gettext_lazy("Code"),
        (
            (LIVE, gettext_lazy("runs live in a new session")),
            (TAPE, gettext_lazy("comes from the recording")),
        ),
    ),
    "search": (
        gettext_lazy("File search"),
        (
            (LIVE, gettext_lazy("runs live")),
            (TAPE, gettext_lazy("comes from the recording")),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class TapeField:
    """A choice of the policy, with the one that is selected."""

    name: str
    label: str | Promise
    choices: Choices
    chosen: str


def policy_of(posted: Mapping[str, Any]) -> Policy | None:
    """Return the policy of the form, or None if nothing is to be answered from the recording.

    Raises :class:`InvalidRequest` for a value that the form doesn't offer.
    """
    if not posted.get("tape"):
        return None
    given = {name: posted.get(f"tape_{name}") for name in _FIELDS}
    return read_policy({name: value for name, value in given.items() if value is not None})


def tape_context(request: HttpRequest, run: Run | None) -> dict[str, Any]:
    """Return the context of the fields, which only a run with calls has."""
    if run is None or not has_called_tools(run):
        return {}
    posted = request.POST
    # A person is there, and can answer what the recording hasn't.
    usual = Policy(on_miss=ASK).as_json()
    return {
        "tape": request.method == "GET" or bool(posted.get("tape")),
        "tape_fields": [
            TapeField(name, label, choices, posted.get(f"tape_{name}") or usual[name])
            for name, (label, choices) in _FIELDS.items()
        ],
    }
