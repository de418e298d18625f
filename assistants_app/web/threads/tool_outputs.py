"""The card of a run that waits for tool outputs: prepare and submit them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Project, Run
from assistants_app.queries.runs.runs import get_run
from assistants_app.queries.threads.state import waiting_calls
from assistants_app.rendering.runs.outcome import outcome_context
from assistants_app.rendering.runs.waiting_card import (
    FORM,
    RAW,
    CallCard,
    Typed,
    action_context,
    call_cards,
    error_output,
    mock_output,
)
from assistants_app.services.assistants import mocks
from assistants_app.services.runs import requests as runs
from assistants_app.web.http import project_view
from assistants_app.wire.assistants.mocks import MockParams, text_of, value_of
from assistants_app.wire.runs.runs import ToolOutputsParams
from assistants_app.wire.validation import parse

OUTPUT_PARAM = re.compile(r"tool_outputs\[(\d+)\]")


@project_view("POST", verb="submit_tool_outputs")
def submit_outputs(
    request: HttpRequest, project: Project, thread_id: str, run_id: str
) -> HttpResponse:
    """Submit the outputs of all calls for which the run waits."""
    run = get_run(project, thread_id, run_id)
    typed = {
        name.removeprefix("output-"): _typed_for(request, name.removeprefix("output-"))
        for name in request.POST
        if name.startswith("output-")
    }
    outputs, errors = _split_outputs(typed)
    if errors:
        return _render_refusal(request, run, typed, errors=errors)
    try:
        params = parse(ToolOutputsParams, {"tool_outputs": outputs})
        runs.submit_tool_outputs(project=project, thread_id=thread_id, run_id=run_id, params=params)
    except InvalidRequest as error:
        run.refresh_from_db()
        # The API names an output by its index. The card needs the call.
        if place := OUTPUT_PARAM.match(error.param or ""):
            errors = {outputs[int(place[1])]["tool_call_id"]: error.message}
        message = "" if errors else error.message
        return _render_refusal(request, run, typed, errors=errors, error=message)
    return HttpResponse(status=204)


def _typed_for(request: HttpRequest, call_id: str) -> Typed:
    post = request.POST
    texts = [text.replace("\r\n", "\n") for text in post.getlist(f"field-{call_id}")]
    return Typed(
        text=post.get(f"output-{call_id}", "").replace("\r\n", "\n"),
        shape=FORM if post.get(f"shape-{call_id}") == FORM else RAW,
        entries=list(zip(post.getlist(f"token-{call_id}"), texts, strict=False)),
    )


def _split_outputs(typed: Mapping[str, Typed]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the outputs for a request, and the errors of the card's forms by call ID."""
    outputs: list[dict[str, str]] = []
    errors: dict[str, str] = {}
    for call_id, one in typed.items():
        try:
            if not (output := one.output()).strip():
                raise InvalidRequest(_("Enter an output."))
            outputs.append({"tool_call_id": call_id, "output": output})
        except InvalidRequest as error:
            errors[call_id] = error.message
    return outputs, errors


def _render_refusal(
    request: HttpRequest, run: Run, typed: Mapping[str, Typed], **messages: Any
) -> HttpResponse:
    """Return the card with what was typed, and with the errors."""
    calls = waiting_calls(run)
    if calls is None:
        return _render_late_card(request, run, typed)
    context = action_context(run, calls, typed=typed, **messages)
    return render(request, "runs/_outcome.html", context, status=422)


def _render_late_card(request: HttpRequest, run: Run, typed: Mapping[str, Typed]) -> HttpResponse:
    # Somebody else has submitted outputs, or the run has ended. This is no error (the status is
    # 200), and the card shows what was typed, so that it can be copied.
    kept = [one.text if one.shape == RAW else text_of(dict(one.entries)) for one in typed.values()]
    context = {**outcome_context(run), "late": True, "kept": [text for text in kept if text]}
    return render(request, "runs/_outcome.html", context)


@project_view("POST", verb="submit_tool_outputs")
def prepare_output(
    request: HttpRequest, project: Project, thread_id: str, run_id: str
) -> HttpResponse:
    """Carry out ``do`` for one call of the card: fill in its output, or save it as the mock."""
    run = get_run(project, thread_id, run_id)
    call_id = request.POST.get("call", "")
    calls = waiting_calls(run)
    cards = call_cards(run, calls) if calls else []
    card = next((card for card in cards if card.id == call_id), None)
    if card is None:
        return _render_late_card(request, run, {call_id: _typed_for(request, call_id)})
    typed = _typed_for(request, call_id)
    card.take(typed)
    try:
        ACTIONS.get(request.POST.get("do", ""), _change_shape)(card, typed, run)
    except InvalidRequest as error:
        card.refuse(error.message, typed)
    context = {
        **outcome_context(run),
        "call": card,
        "project_id": project.id,
        "filled": request.POST.get("do") in FILLING,
        "mock_changed": card.mock is not None and request.POST.get("do") == "keep",
    }
    return render(request, "runs/_prepared_call.html", context)


def _change_shape(card: CallCard, typed: Typed, run: Run) -> None:
    # The browser has already switched, so `typed` has the wanted shape and the other's content.
    if typed.shape == FORM:
        card.put(typed.text, shape=FORM)
    else:
        card.put(Typed(shape=FORM, entries=typed.entries).output(), shape=RAW)


def _use_mock(card: CallCard, typed: Typed, run: Run) -> None:
    output = mock_output(card)
    if card.mock is None:
        card.note = _("This function has no mock yet.")
    elif output is None:
        card.note = _("The mock has no output for these arguments.")
    else:
        card.put(output, shape=typed.shape)


def _reuse(card: CallCard, typed: Typed, run: Run) -> None:
    if card.last is None:
        card.note = _("This function has no earlier output.")
    else:
        # Indented, for people to edit.
        card.put(text_of(value_of(card.last.output)), shape=typed.shape)


def _put_error(card: CallCard, typed: Typed, run: Run) -> None:
    card.put(error_output(typed.text if typed.shape == RAW else ""), shape=RAW)


def _keep_as_mock(card: CallCard, typed: Typed, run: Run) -> None:
    body = {"function": card.name, "kind": "static", "output": value_of(typed.output())}
    try:
        card.mock = mocks.save_output(
            project=run.project, assistant_id=run.assistant_id, params=parse(MockParams, body)
        )
        card.note = _("Saved as the function's mock.")
    except NotFound as error:
        card.error = error.message


ACTIONS: dict[str, Callable[[CallCard, Typed, Run], None]] = {
    "mock": _use_mock,
    "reuse": _reuse,
    "error": _put_error,
    "keep": _keep_as_mock,
}
FILLING = ("mock", "reuse", "error")  # after these, the output has the focus
