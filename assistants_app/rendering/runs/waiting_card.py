"""The card of a run that waits for outputs: its calls, and suggestions for outputs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain.missing import MISSING
from assistants_app.domain.mocks import answer
from assistants_app.domain.result_forms import (
    Field,
    compose,
    faults_in,
    fields_of_example,
    fields_of_schema,
    filled,
)
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import FunctionMock, Run, RunStep
from assistants_app.models.snapshots import ThreadRuns, WaitingCalls
from assistants_app.rendering.runs.outcome import outcome_context
from assistants_app.rendering.runs.progress import progress_of
from assistants_app.rendering.text.json_lines import is_json
from assistants_app.rendering.tool_calls.cards import pretty
from assistants_app.rendering.tool_calls.tapes import TapeMark, answered_by, tape_mark
from assistants_app.rendering.tool_calls.trees import render_tree
from assistants_app.templatetags.moments import utc_text
from assistants_app.wire.assistants.mocks import arguments_of, mock_of, text_of, value_of

FORM, RAW = "form", "raw"


@dataclass(frozen=True, slots=True)
class GivenOutput:
    """An earlier output of a function, not from a mock. `same`: its arguments were the same."""

    output: str
    at: datetime | None
    same: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed for a call: a text, or the fields of a form with their tokens."""

    text: str = ""
    shape: str = RAW
    entries: Sequence[tuple[str, str]] = ()

    def output(self) -> str:
        """Return the output. Raises :class:`InvalidRequest` for an invalid field."""
        if self.shape != FORM:
            return self.text
        return json.dumps(compose(self.entries), ensure_ascii=False)


@dataclass(slots=True)
class CallCard:
    """A call in the card.

    `output`: None while the call waits.
    `fields`: the form for its output, if there is one.
    `invalid`: the arguments aren't JSON.
    `given`: the server has filled in an output, which the browser must keep.
    """

    id: str
    key: str
    name: str
    arguments: str
    tree: SafeString
    invalid: bool = False
    output: str | None = None
    by: str = ""
    tape: TapeMark | None = None
    mock: FunctionMock | None = None
    last: GivenOutput | None = None
    fields: tuple[Field, ...] = ()
    shape: str = RAW
    text: str = ""
    error: str = ""
    note: str = ""
    given: bool = False

    @property
    def reuse_hint(self) -> str:
        """Return the hint on the button that reuses the last output."""
        if self.last is None:
            return _("This function has no earlier output.")
        said = (
            _("Given for the same arguments") if self.last.same else _("Given for other arguments")
        )
        return f"{said}, {utc_text(self.last.at, 'datetime')}" if self.last.at else said

    def refuse(self, error: str, typed: Typed) -> None:
        """Show why the output was refused, at the fields of the form that are to blame."""
        faults = faults_in(typed.entries) if self.shape == FORM else {}
        self.fields = tuple(replace(item, error=faults.get(item.label, "")) for item in self.fields)
        self.error = "" if faults else error

    def take(self, typed: Typed) -> None:
        """Show the text or form as it was typed."""
        self.text, self.given = typed.text, True
        self.shape = FORM if typed.shape == FORM and self.fields else RAW
        if typed.shape == FORM:
            texts = dict(typed.entries)
            self.fields = tuple(
                replace(item, text=texts.get(item.token, "")) for item in self.fields
            )

    def put(self, text: str, *, shape: str) -> None:
        """Show this output, in the form if the form has a field for all of it."""
        self.text, self.shape, self.given = text, RAW, True
        fitting = filled(self.fields, value_of(text)) if self.fields else None
        if fitting is not None:
            self.fields = fitting
            self.shape = shape
        elif shape == FORM and text:
            self.note = _("The form can't show this output, so it's shown as text.")
        elif shape == FORM:
            self.shape = FORM


def render_outcome(runs: ThreadRuns) -> SafeString:
    """Render the current run's outcome: a card if it waits for outputs, a row while its reply
    hasn't begun, a banner if it didn't complete, otherwise nothing.
    """
    run, calls = runs.current, runs.calls
    if run is None:
        return SafeString("")
    context = action_context(run, calls) if calls else outcome_context(run)
    context["progress"] = progress_of(runs)
    return render_to_string("runs/_outcome.html", context)


def action_context(
    run: Run,
    calls: WaitingCalls,
    *,
    typed: Mapping[str, Typed] | None = None,
    errors: Mapping[str, str] | None = None,
    error: str = "",
) -> dict[str, Any]:
    """Return the card's context. `typed` and `errors` are by call ID. `error` says why the last
    click had no effect.
    """
    cards = call_cards(run, calls)
    for card in cards:
        if typed and card.id in typed:
            card.take(typed[card.id])
            card.refuse((errors or {}).get(card.id, ""), typed[card.id])
    context = outcome_context(run, error=error)
    return {
        **context,
        "project_id": run.project_id,
        "calls": cards,
        "waiting": [card for card in cards if card.output is None],
    }


def call_cards(run: Run, calls: WaitingCalls) -> list[CallCard]:
    """Return a card for each function call of the waiting step."""
    made = calls.step.step_details["tool_calls"] if calls.step else []
    functions = [call for call in made if call["type"] == FUNCTION]
    return [_card_of_call(run, index, call, calls) for index, call in enumerate(functions)]


def _card_of_call(run: Run, index: int, call: Mapping[str, Any], calls: WaitingCalls) -> CallCard:
    function = call["function"]
    arguments = arguments_of(function["arguments"])
    mock = calls.mocks.get(function["name"])
    waits = function["output"] is None
    last = last_output(function["name"], arguments, calls.earlier) if waits else None
    return CallCard(
        id=call["id"],
        key=f"{run.id}-{index}",
        name=function["name"],
        arguments=pretty(function["arguments"]),
        tree=render_tree(arguments) if arguments else SafeString(""),
        invalid=not is_json(function["arguments"]),
        output=function["output"],
        by=answered_by(call),
        tape=tape_mark(call),
        mock=mock,
        last=last,
        fields=_form_fields(mock, last) if waits else (),
    )


def last_output(
    name: str, arguments: Mapping[str, Any], earlier: Sequence[RunStep]
) -> GivenOutput | None:
    """Return the newest output that a person or program gave, if possible for these arguments.

    `earlier` are steps, newest first.
    """
    newest = None
    for step in earlier:
        for call in reversed(step.step_details["tool_calls"]):
            if not _was_given(call, name):
                continue
            # Compared as objects, because a model may write the same arguments with other spaces.
            same = arguments_of(call["function"]["arguments"]) == arguments
            if same or newest is None:
                newest = GivenOutput(call["function"]["output"], step.completed_at, same)
            if same:
                return newest
    return newest


def _was_given(call: Mapping[str, Any], name: str) -> bool:
    if call["type"] != FUNCTION or answered_by(call):
        return False
    return bool(call["function"]["name"] == name and call["function"]["output"] is not None)


def _form_fields(mock: FunctionMock | None, last: GivenOutput | None) -> tuple[Field, ...]:
    """Return a form from the mock's schema, or from an output as an example."""
    if mock and mock.result_schema:
        return fields_of_schema(mock.result_schema)
    if mock:
        definition = mock_of(mock.definition)
        examples = [definition.default, *(rule.output for rule in definition.rules)]
        # The first output that can be a form, that is, an object.
        for example in examples:
            if example is not MISSING and (fields := fields_of_example(example)):
                return fields
    return fields_of_example(value_of(last.output)) if last else ()


def mock_output(card: CallCard) -> str | None:
    """Return the mock's output for the card's call, or None. Raises :class:`InvalidRequest`."""
    if card.mock is None:
        return None
    output = answer(mock_of(card.mock.definition), arguments_of(card.arguments))
    return None if output is None else text_of(value_of(output))


def error_output(text: str) -> str:
    """Return an output that reports a failure of the function. `text` is what was typed."""
    # A convention, because the API has no other way to report a failure.
    said = value_of(text)
    if isinstance(said, dict) and "error" in said:
        return text
    message = said if isinstance(said, str) and said.strip() else _("The function failed.")
    return json.dumps({"error": message}, ensure_ascii=False)
