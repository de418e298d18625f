"""What the trace of a run says about its tape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.tapes.policy import ASK, FAIL, IN_ORDER, LIVE, MOCK, TAPE, read_policy
from assistants_app.domain.tapes.steps import notes_of_steps
from assistants_app.models import Run, RunStep


@dataclass(frozen=True, slots=True)
class RunTape:
    """A run's tape: how it answers in words, what it did, and the runs it was recorded from.

    `tape_id` is "" once the tape is deleted. `missed` has the reasons.
    """

    tape_id: str
    words: str
    answered: int
    drifted: int
    missed: list[str]
    sources: Sequence[Run]


def tape_context(run: Run, steps: Sequence[RunStep], sources: Sequence[Run]) -> dict[str, Any]:
    """Return the context of a run's tape, in which it is None for a run without one."""
    if run.tape_policy is None:
        return {"run_tape": None}
    notes = list(notes_of_steps(step.step_details for step in steps))
    hits = [note for note in notes if "position" in note]
    return {
        "run_tape": RunTape(
            run.tape_id or "",
            " ".join(_policy_words(run.tape_policy)),
            len(hits),
            sum(bool(note.get("drift")) for note in hits),
            [str(note["missed"]) for note in notes if "missed" in note],
            sources,
        )
    }


def _policy_words(values: dict[str, Any]) -> list[str]:
    policy = read_policy(values)
    misses = {
        FAIL: _("A call without a recorded output fails the run."),
        ASK: _("A person answers functions without a recorded output."),
        MOCK: _("Mocks answer functions without a recorded output."),
        LIVE: _("Calls without a recorded output run live."),
    }
    return [
        _("Functions are answered in the order of the recording.")
        if policy.matching == IN_ORDER
        else _("Functions are answered if their arguments are the same."),
        _("Code comes from the tape.") if policy.code == TAPE else _("Code runs live."),
        _("Searches come from the tape.") if policy.search == TAPE else _("Searches run live."),
        misses[policy.on_miss],
    ]
