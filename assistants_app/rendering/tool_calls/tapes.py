"""What a call's card says about the tape of its run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.tapes.steps import note_of_call
from assistants_app.domain.tools import RESULT
from assistants_app.rendering.components.badges import OK, WARN, Badge
from assistants_app.wire.runs.steps import BY_MOCK, BY_TAPE


@dataclass(frozen=True, slots=True)
class TapeMark:
    """How the tape answered a call: the recorded call's number from 1, or why it `missed`.

    `drift` has the places where the arguments differ. `rebuilt` is the number of recorded calls
    whose code ran again first, and `failed` how many of them ended otherwise than well.
    """

    number: int | None
    missed: str = ""
    drift: Sequence[Mapping[str, Any]] = ()
    rebuilt: int = 0
    failed: int = 0

    @property
    def badge(self) -> Badge:
        """Return the badge of the card's line."""
        if self.number is None:
            return Badge(_("not on the tape"), WARN)
        if self.drift:
            return Badge(_("from the tape, other arguments"), WARN)
        return Badge(_("from the tape"), OK)

    @property
    def lines(self) -> list[str]:
        """Return what the card says below its arguments, besides the drift."""
        if self.number is not None:
            return [_("Recorded call %(number)d answered.") % {"number": self.number}]
        lines = [self.missed]
        if self.rebuilt:
            ran = ngettext(
                "%(count)d recorded call ran again first, to rebuild the session.",
                "%(count)d recorded calls ran again first, to rebuild the session.",
                self.rebuilt,
            )
            lines.append(ran % {"count": self.rebuilt})
        if self.failed:
            failed = ngettext(
                "%(count)d of them failed this time.",
                "%(count)d of them failed this time.",
                self.failed,
            )
            lines.append(failed % {"count": self.failed})
        return lines


def tape_mark(call: Mapping[str, Any]) -> TapeMark | None:
    """Return what a call in ``step_details`` says about the tape, or None without one."""
    note = note_of_call(call)
    if not note:
        return None
    if "position" in note:
        return TapeMark(note["position"] + 1, drift=note.get("drift") or ())
    rebuilt = note.get("rebuilt") or ()
    failed = sum(one["ended"] != "ok" for one in rebuilt)
    return TapeMark(None, note.get("missed", ""), rebuilt=len(rebuilt), failed=failed)


def answered_by(call: Mapping[str, Any]) -> str:
    """Return what answered a call of a function: "mock", "tape", or "" for anything else."""
    ended = (call.get(RESULT) or {}).get("ended")
    return {BY_MOCK: "mock", BY_TAPE: "tape"}.get(str(ended), "")
