"""A step in full: what went in and came out, how the provider was asked and what it answered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.cost import Price
from assistants_app.models import Message, ProviderCall, Run, RunStep
from assistants_app.rendering.api_code.samples import provider_curl
from assistants_app.rendering.components.badges import ERR, OK, Badge, run_badge
from assistants_app.rendering.runs.trace import Part, message_text, parts_of
from assistants_app.rendering.tool_calls.cards import call_name, pretty_object
from assistants_app.wire.runs.runs import usage_object
from assistants_app.wire.runs.steps import step_object

# By the name in the URL.
TABS = {
    "io": gettext_lazy("Input and output"),
    "request": gettext_lazy("Request"),
    "response": gettext_lazy("Response"),
    "json": gettext_lazy("JSON"),
}


def step_context(
    run: Run,
    step: RunStep,
    messages: Sequence[Message],
    call: ProviderCall | None,
    price: Price | None,
) -> dict[str, Any]:
    """What the drawer of a step shows. `call`: the model call that it came of, if it is kept."""
    calls = step.step_details.get("tool_calls", [])
    texts = {message.id: message_text(message) for message in messages}
    ended = step.completed_at or step.failed_at or step.cancelled_at or step.expired_at
    return {
        "run": run,
        "step": step,
        "step_badge": run_badge(step.status),
        "label": ", ".join(call_name(item) for item in calls) or step.type,
        "parts": [*_asked(call), *parts_of(step, texts)],
        "usage": usage_object(step.usage),
        "about": "≈ " if step.usage.get("estimated") else "",
        "cost": price.of(step.usage) if price and step.usage else None,
        "seconds": (ended - step.created_at).total_seconds() if ended else None,
        "json": pretty_object(step_object(step, search_content=True)),
        "model_call": call_context(call) if call else None,
    }


def call_context(call: ProviderCall) -> dict[str, Any]:
    """What the templates of a model call show."""
    response = call.response
    return {
        "call": call,
        "request_body": pretty_object(call.request["body"]),
        "curl": provider_curl(call.request),
        "response_badge": _response_badge(response),
        "response_body": _body_of(response),
        "retries": call.retries,
        "answered_after": _seconds(call, call.headers_at),
        "first_token_after": _seconds(call, call.first_token_at),
        "seconds_of_call": _seconds(call, call.ended_at),
    }


def _response_badge(response: Mapping[str, Any]) -> Badge | None:
    status = response.get("status")
    return Badge(str(status), OK if status < 400 else ERR) if status else None


def _asked(call: ProviderCall | None) -> list[Part]:
    """What the model was told last."""
    messages = call.request["body"].get("messages") if call else None
    last = messages[-1] if isinstance(messages, list) and messages else None
    if not isinstance(last, Mapping):
        return []
    content = last.get("content")
    text = content if isinstance(content, str) else pretty_object(content or {})
    return [Part(_("Input · last message, role %(role)s") % {"role": last.get("role")}, text)]


def _body_of(response: Mapping[str, Any]) -> str:
    """The reply put together, or an error's body."""
    if "body" in response:
        try:
            return pretty_object(json.loads(response["body"]))
        except ValueError:
            return str(response["body"])
    told = {
        name: value
        for name, value in response.items()
        if name not in {"status", "headers", "error", "bytes", "cut"}
    }
    return pretty_object(told) if told else ""


def _seconds(call: ProviderCall, moment: Any) -> float | None:
    return None if moment is None else (moment - call.started_at).total_seconds()
