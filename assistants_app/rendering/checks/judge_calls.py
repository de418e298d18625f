"""Calls of judges as HTML, for the trace of the run that they judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from assistants_app.domain.checks.kinds import KINDS
from assistants_app.models import JudgeCall
from assistants_app.rendering.text.folded_json import render_json


@dataclass(frozen=True, slots=True)
class JudgeCallRow:
    """A call of a judge. `answer` is "" if there was none, and then `error` says why."""

    label: str
    model: str
    seconds: float
    tokens: int
    cost: Decimal | None
    answer: str
    error: str
    request: SafeString


def render_judge_calls(calls: Sequence[JudgeCall]) -> SafeString:
    """Return the list of the calls, or nothing without any."""
    rows = [_row(call) for call in calls]
    return render_to_string("checks/_judge_calls.html", {"rows": rows})


def _row(judged: JudgeCall) -> JudgeCallRow:
    call, kind = judged.call, KINDS.get(judged.check_kind)
    return JudgeCallRow(
        # A kind may be gone in a later version.
        label=kind.label if kind else judged.check_kind,
        model=call.model,
        seconds=(call.ended_at - call.created_at).total_seconds(),
        tokens=call.usage.get("prompt_tokens", 0) + call.usage.get("completion_tokens", 0),
        cost=call.cost,
        answer=_answer_in(judged.response),
        error=str(judged.response.get("error") or ""),
        request=render_json(judged.request.get("body")),
    )


def _answer_in(response: dict[str, Any]) -> str:
    # Long responses are cut when they are kept, so the shape isn't certain.
    message = response.get("message")
    content = message.get("content") if isinstance(message, dict) else ""
    return content if isinstance(content, str) else ""
