"""Where two runs part: their steps beside each other, and the first difference in full."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.tapes.calls import Difference
from assistants_app.domain.tapes.divergence import (
    ARGUMENTS,
    CITATION,
    END,
    OUTPUT,
    TEXT,
    TOOL,
    WORDS,
    Divergence,
    Path,
    Taken,
)
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Citation, ProviderCall, Run
from assistants_app.rendering.components.badges import Badge, run_badge
from assistants_app.rendering.text.diffs import FieldDiff, text_diff
from assistants_app.rendering.tool_calls.cards import pretty

SHOWN_STEPS = 100
EXCERPT = 120  # characters
SAME, APART, AFTER = "same", "apart", "after"


@dataclass(frozen=True, slots=True)
class Side:
    """A run with what the comparison reads of it.

    `call` is its model call at the first difference, if that is stored, and `cited` are the chunks
    that its message there cites.
    """

    run: Run
    path: Path
    assistant: str
    call: ProviderCall | None = None
    cited: Sequence[Citation] = ()

    @property
    def badge(self) -> Badge:
        return run_badge(self.run.status)


@dataclass(frozen=True, slots=True)
class StepPair:
    """The steps of both runs at one place, from 1. `state` is same, apart or after."""

    number: int
    state: str
    left: str
    right: str

    @property
    def word(self) -> str:
        """Return the state in words, which is "" for steps after the difference."""
        return {SAME: _("same"), APART: _("first difference")}.get(self.state, "")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is different, with its title and both sides."""

    title: str
    diff: FieldDiff


def divergence_context(
    left: Side, right: Side, found: Divergence | None, *, whole: bool = False
) -> dict[str, Any]:
    """Return the context of the comparison. With `whole`, unchanged lines of requests are shown."""
    return {
        "left": left,
        "right": right,
        "found": found,
        "summary": _summary(found),
        "pairs": _pairs(left.path, right.path, found)[:SHOWN_STEPS],
        "more_steps": max(len(left.path.steps), len(right.path.steps)) - SHOWN_STEPS,
        "differences": [_shown(difference) for difference in found.differences] if found else [],
        "parts": _parts(left, right, found) if found else [],
        "requests": _requests(left.call, right.call, whole=whole) if found else None,
        "whole": whole,
        "old_label": left.run.id,
        "new_label": right.run.id,
    }


def _summary(found: Divergence | None) -> str:
    if found is None:
        return _("The runs do the same: every step, every output and every citation.")
    words = {
        TOOL: _("Step %(number)d is the first difference: the runs do something else there."),
        ARGUMENTS: _("Step %(number)d is the first difference: the same tool, other arguments."),
        OUTPUT: _(
            "Step %(number)d is the first difference: the same call, and the tool answered "
            "differently."
        ),
        CITATION: _("Step %(number)d is the first difference: the same text cites other passages."),
        WORDS: _("Step %(number)d is the first difference: the messages have other words."),
        END: _("Step %(number)d is the first difference: one of the runs has ended before it."),
    }
    return words[found.kind] % {"number": found.place + 1}


def _pairs(left: Path, right: Path, found: Divergence | None) -> list[StepPair]:
    pairs = []
    for place, (one, other) in enumerate(zip_longest(left.steps, right.steps)):
        state = SAME
        if found and place >= found.place:
            state = APART if place == found.place else AFTER
        pairs.append(StepPair(place + 1, state, _step_words(one), _step_words(other)))
    return pairs


def _step_words(step: Taken | None) -> str:
    if step is None:
        return ""
    if step.tool == TEXT:
        return _("Message: %(text)s") % {"text": _excerpt(step.text)}
    return f"{step.name}: {_excerpt(step.arguments)}"


def _excerpt(text: str) -> str:
    line = " ".join(text[: 2 * EXCERPT].split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1]}…"


def _shown(difference: Difference) -> Mapping[str, str | None]:
    return difference.as_json()


def _parts(left: Side, right: Side, found: Divergence) -> list[Part]:
    one, other = found.left, found.right
    match found.kind:
        case "arguments":
            return [Part(_("Arguments"), text_diff(_arguments(one), _arguments(other)))]
        case "output":
            return [Part(_("Output"), text_diff(_output(one), _output(other)))]
        case "citation":
            return [Part(_("Cited passages"), text_diff(_quotes(left), _quotes(right)))]
        case _:
            return [Part(_("Step"), text_diff(_whole_step(one), _whole_step(other)))]


def _arguments(step: Taken | None) -> str:
    if step is None:
        return ""
    return pretty(step.arguments) if step.tool == FUNCTION else step.arguments


def _output(step: Taken | None) -> str:
    return (step.output or "") if step else ""


def _whole_step(step: Taken | None) -> str:
    if step is None:
        return ""
    return step.text if step.tool == TEXT else f"{step.name}\n{_arguments(step)}"


def _quotes(side: Side) -> str:
    return "\n\n".join(f"{row.filename}\n{row.quote}" for row in side.cited)


def _requests(
    left: ProviderCall | None, right: ProviderCall | None, *, whole: bool
) -> FieldDiff | None:
    """Return both requests beside each other, or None if one of them isn't stored."""
    if left is None or right is None:
        return None
    return text_diff(_body(left), _body(right), whole=whole)


def _body(call: ProviderCall) -> str:
    return json.dumps(call.request.get("body"), indent=2, ensure_ascii=False)
