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
from assistants_app.queries.runs.runs import have_called_tools
from assistants_app.queries.runs.tapes import runs_to_record

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
    return posted_policy(posted) if posted.get("tape") else None


def posted_policy(posted: Mapping[str, Any]) -> Policy:
    """Return the policy of the fields. Raises like :func:`policy_of`."""
    given = {name: posted.get(f"tape_{name}") for name in _FIELDS}
    return read_policy({name: value for name, value in given.items() if value is not None})


def tape_context(request: HttpRequest, run: Run | None) -> dict[str, Any]:
    """Return the context of the fields, which are there if there are calls to record: those of the
    run and of later runs of its thread.
    """
    recorded = runs_to_record(run) if run else []
    if not have_called_tools(recorded):
        return {}
    posted = request.POST
    return {
        "later_runs": len(recorded) - 1,
        "tape": request.method == "GET" or bool(posted.get("tape")),
        # A person is there, and can answer what the recording hasn't.
        "tape_fields": policy_fields(posted, Policy(on_miss=ASK)),
    }


def policy_fields(posted: Mapping[str, Any], usual: Policy) -> list[TapeField]:
    """Return the fields with what was posted, or else as the usual policy has it."""
    values = usual.as_json()
    return [
        TapeField(name, label, choices, posted.get(f"tape_{name}") or values[name])
        for name, (label, choices) in _FIELDS.items()
    ]


def policy_words(policy: Mapping[str, Any]) -> list[tuple[str | Promise, str | Promise]]:
    """Return the policy in words: the label and the chosen words of each field."""
    values = read_policy(policy).as_json()
    return [(label, dict(choices)[values[name]]) for name, (label, choices) in _FIELDS.items()]
