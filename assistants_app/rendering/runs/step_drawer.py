"""A step in full: its input and output, and the model call with its request and response."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.money.prices import NONE
from assistants_app.domain.words.written import written_text
from assistants_app.models import Message, ProviderCall, Run, RunStep
from assistants_app.rendering.api_code.samples import provider_curl
from assistants_app.rendering.components.badges import ERR, OK, Badge, run_badge
from assistants_app.rendering.runs.log import step_label, step_name
from assistants_app.rendering.runs.seen import seen_context
from assistants_app.rendering.runs.trace import Part, parts_of
from assistants_app.rendering.text.folded_json import render_json
from assistants_app.rendering.tool_calls.cards import pretty_object
from assistants_app.wire.runs.runs import usage_object
from assistants_app.wire.runs.steps import step_object

# Titles, by the name in the URL.
CALL_TABS = {
    "seen": gettext_lazy("What the model saw"),
    "request": gettext_lazy("Request"),
    "curl": gettext_lazy("curl"),
    "response": gettext_lazy("Response"),
}
TABS = {
    "io": gettext_lazy("Input and output"),
    **CALL_TABS,
    "json": gettext_lazy("JSON"),
}


def step_context(
    run: Run,
    step: RunStep,
    messages: Sequence[Message],
    call: ProviderCall | None,
) -> dict[str, Any]:
    """Return the context of a step's details. `call` is the model call behind it, if it's kept."""
    price = run.known_price
    texts = {message.id: written_text(message.content) for message in messages}
    written = step.waits_since or step.ended_at
    return {
        "run": run,
        "step": step,
        "step_badge": run_badge(step.status),
        "name": step_name(step),
        "label": step_label(step),
        "parts": [*_last_input(call), *parts_of(step, texts)],
        "usage": usage_object(step.usage),
        "about": "≈ " if step.usage.get("estimated") else "",
        "cost": price.of(step.usage) if price and step.usage else None,
        "no_price": run.cost_origin == NONE and bool(step.usage),
        "seconds": (written - step.created_at).total_seconds() if written else None,
        "waited": (step.ended_at - step.waits_since).total_seconds()
        if step.waits_since and step.ended_at
        else None,
        "json": render_json(step_object(step, search_content=True)),
        "model_call": call_context(call) if call else None,
    }


def call_context(call: ProviderCall) -> dict[str, Any]:
    """Return the context of a model call."""
    response = call.response
    return {
        "call": call,
        "request_body": render_json(call.request["body"]),
        "curl": provider_curl(call.request),
        "response_badge": _response_badge(response),
        "response_body": _body_of(response),
        "retries": call.retries,
        "answered_after": _seconds_since_start(call, call.headers_at),
        "first_token_after": _seconds_since_start(call, call.first_token_at),
        "seconds_of_call": _seconds_since_start(call, call.ended_at),
    }


def compared_context(call: ProviderCall, other: ProviderCall | None) -> dict[str, Any]:
    """Return the context of what the model saw, compared with `other` if there is such a call."""
    return {**seen_context(_body(call), _body(other) if other else None), "other": other}


def _body(call: ProviderCall) -> Mapping[str, Any]:
    body = call.request.get("body")
    return body if isinstance(body, Mapping) else {}


def _response_badge(response: Mapping[str, Any]) -> Badge | None:
    status = response.get("status")
    return Badge(str(status), OK if status < 400 else ERR) if status else None


def _last_input(call: ProviderCall | None) -> list[Part]:
    """Return the last message that the model received."""
    messages = _body(call).get("messages") if call else None
    # Long bodies are cut when they are kept, so the shape isn't certain.
    last = messages[-1] if isinstance(messages, list) and messages else None
    if not isinstance(last, Mapping):
        return []
    content = last.get("content")
    text = content if isinstance(content, str) else pretty_object(content or {})
    return [Part(_("Input · last message, role %(role)s") % {"role": last.get("role")}, text)]


def _body_of(response: Mapping[str, Any]) -> str:
    """Return the assembled reply, or the body of an error."""
    if "body" in response:
        try:
            return render_json(json.loads(response["body"]))
        except ValueError:
            # An endpoint in trouble may respond with a page.
            return str(response["body"])
    reply = {
        name: value
        for name, value in response.items()
        if name not in {"status", "headers", "error", "bytes", "cut"}
    }
    return render_json(reply) if reply else ""


def _seconds_since_start(call: ProviderCall, moment: Any) -> float | None:
    return None if moment is None else (moment - call.started_at).total_seconds()
