"""Each component in each of its states, drawn by the partials that the screens use. DEBUG only."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from assistants_app.domain import run_status
from assistants_app.models import Assistant, Message, Project, Run
from assistants_app.rendering.actions import CallCard
from assistants_app.rendering.messages import render_message
from assistants_app.rendering.runs import outcome_context, render_controls, render_status
from assistants_app.rendering.trees import render_tree
from assistants_app.wire.messages import message_object, text_part
from assistants_app.wire.runs import run_object

WRITTEN = """Some **bold**, a [link](https://example.org), `code` and \\(x^2\\).

```python
print("Hello")
```

| a | b |
|---|--:|
| 1 | 2 |

> A quotation.
"""
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"location": "Paris"}'},
}
WHEN = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
COLOURS = (
    *("bg", "bg-2", "bg-3", "line", "line-strong", "text", "text-2", "text-3"),
    *("accent", "accent-bg", "info", "warn", "warn-bg", "err", "err-bg", "ok", "tool", "tool-bg"),
)


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """The page; a 404 where DEBUG is off. It reads nothing from the database."""
    if not settings.DEBUG:
        raise Http404
    project = Project(id="proj_styleguide", name="Styleguide")
    assistant = Assistant(id="asst_styleguide", name="Math tutor", model="m", created_at=WHEN)
    context: dict[str, Any] = {
        "project": project,
        "assistants": [assistant, Assistant(id="asst_2", model="long-" * 20, created_at=WHEN)],
        "assistant": assistant,
        "section": "styleguide",
        "colours": COLOURS,
        "buttons": ("", "primary", "ghost", "small"),
        "badges": ("", "ok", "run", "tool", "warn", "err"),
        "messages_html": [_message(project, role, status) for role, status in MESSAGES],
        "runs": [_run(project, status) for status in run_status.ALL],
    }
    return render(request, "styleguide.html", context)


MESSAGES = (("user", "completed"), ("assistant", "completed"), ("assistant", "incomplete"))


def _message(project: Project, role: str, status: str) -> str:
    message = Message(
        thread_id="thread_styleguide",
        role=role,
        status=status,
        created_at=WHEN,
        content=[text_part(WRITTEN if role == "assistant" else "What is the root of x² = 4?")],
        incomplete_reason="max_tokens" if status == "incomplete" else "",
    )
    return render_message(message_object(message), {}, project.id)


def _run(project: Project, status: str) -> tuple[str, str, str, str]:
    waits = status == run_status.REQUIRES_ACTION
    run = Run(
        id=f"run_{status}",
        project=project,
        thread_id="thread_styleguide",
        assistant_id="asst_styleguide",
        model="m",
        status=status,
        created_at=WHEN,
        expires_at=datetime.now(UTC) + timedelta(minutes=9),
        response_format="auto",
        tool_choice="auto",
        truncation_strategy={"type": "auto", "last_messages": None},
        required_action={
            "type": "submit_tool_outputs",
            "submit_tool_outputs": {"tool_calls": [CALL]},
        }
        if waits
        else None,
        last_error={"code": "server_error", "message": "The model's server does not answer."}
        if status == run_status.FAILED
        else None,
    )
    wire = run_object(run)
    calls = [_call("call_1", None), _call("call_2", "Mild")] if waits else []
    outcome = {
        **outcome_context(run),
        "project_id": project.id,
        "calls": calls,
        "waiting": calls[:1],
    }
    return (
        status,
        render_status(wire),
        render_to_string("runs/_outcome.html", outcome),
        render_controls(project.id, wire),
    )


def _call(call_id: str, output: str | None) -> CallCard:
    arguments = {"location": "Paris", "days": [1, 2]}
    return CallCard(
        id=call_id,
        key=call_id,
        name="get_weather",
        arguments=json.dumps(arguments, indent=2),
        tree=render_tree(arguments),
        output=output,
    )
