"""The style guide: each component in each state, from the screens' own partials. DEBUG only."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from assistants_app.domain import run_status
from assistants_app.domain.checks import check
from assistants_app.domain.checks.check import Check, Outcome
from assistants_app.domain.checks.forms import form_of
from assistants_app.domain.checks.validation import Problem
from assistants_app.domain.index_status import FILE_STATUSES
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.domain.verdicts.pairs import Cell, pair
from assistants_app.domain.verdicts.verdict import Verdict, decide
from assistants_app.domain.verdicts.votes import WinShare
from assistants_app.domain.verdicts.words import Names
from assistants_app.engine.context import MeasuredRow
from assistants_app.engine.meter import ContextMeter
from assistants_app.models import Assistant, Message, Project, Run, RunStep
from assistants_app.queries.threads.prompt_messages import PromptMessage
from assistants_app.rendering.charts.spreads import Series, render_costs, render_latencies
from assistants_app.rendering.charts.verdicts import render_verdict
from assistants_app.rendering.charts.votes import render_win_share
from assistants_app.rendering.checks.outcomes import render_fields, render_outcomes
from assistants_app.rendering.components.badges import index_badge, run_badge
from assistants_app.rendering.runs.log import Bar, LogRow, Stretch
from assistants_app.rendering.runs.outcome import outcome_context, render_controls, render_status
from assistants_app.rendering.runs.waiting_card import CallCard
from assistants_app.rendering.text.diffs import configuration_diff
from assistants_app.rendering.threads.messages import render_message, render_reasoning
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.rendering.tool_calls.trees import render_tree
from assistants_app.web.shell.palette import PAGES
from assistants_app.web.shell.shortcuts import actions_like
from assistants_app.web.threads.forks import meter_notes
from assistants_app.wire.runs.runs import run_object, usage_object
from assistants_app.wire.threads.messages import message_object, text_part

WRITTEN = """Some **bold**, a [link](https://example.org), `code` and \\(x^2\\).

```python
print("Hello")
```

| a | b |
|---|--:|
| 1 | 2 |

> A quotation.
"""
CALL: dict[str, Any] = {
    "id": "call_1",
    "type": FUNCTION,
    "function": {"name": "get_weather", "arguments": '{"location": "Paris"}'},
}
WHEN = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
COLOURS = (
    *("bg", "bg-2", "bg-3", "line", "line-strong", "text", "text-2", "text-3"),
    *("accent", "accent-bg", "info", "warn", "warn-bg", "err", "err-bg", "ok", "tool", "tool-bg"),
)


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the style guide, or a 404 unless DEBUG is on."""
    # Nothing is read from the database, so the page looks the same on every site.
    if not settings.DEBUG:
        raise Http404
    project = Project(id="proj_styleguide", name="Styleguide", time_zone="UTC")
    assistant = Assistant(id="asst_styleguide", name="Math tutor", model="m", created_at=WHEN)
    context: dict[str, Any] = {
        "project": project,
        "assistants": [assistant, Assistant(id="asst_2", model="long-" * 20, created_at=WHEN)],
        "assistant": assistant,
        "section": "styleguide",
        "colours": COLOURS,
        "buttons": ("", "primary", "ghost", "danger", "small"),
        "badges": ("", "ok", "run", "tool", "warn", "err"),
        "messages_html": [_render_example(project, role, status) for role, status in MESSAGES],
        "runs": [_render_run(project, status) for status in run_status.ALL],
        "reasoning": render_reasoning("reasoning_1", "Both roots are whole numbers."),
        "tool_cards": [_tool_step(call, status, project.id) for call, status in TOOL_CALLS],
        "outcomes": render_outcomes(OUTCOMES),
        "check_fields": render_fields(form_of(SIMILAR.as_json(), [WRONG]), "sg-"),
        "held": [({"id": "file_1", "filename": "harbour.md", "bytes": 62}, FILE_SEARCH)],
        "waiting": [{"id": "run_waits", "texts": ["And then?"], "cancel_url": "#"}],
        "logs": [render_to_string("runs/_log.html", log) for log in (_log_context(project), {})],
        "diff": configuration_diff(OLD, NEW),
        "meters": [_render_meter(assistant, budget) for budget in (4000, 130)],
        "pages": PAGES,
        "actions": actions_like("run"),
        "states": [index_badge(status) for status in FILE_STATUSES],
        "charts": _charts(),
    }
    return render(request, "styleguide.html", context)


def _charts() -> list[SafeString]:
    verdicts = [_verdict(100, wins, losses) for wins, losses in ((15, 3), (3, 15), (2, 2), (9, 3))]
    times = [Series("v7", [1.2, 1.4, 1.9, 2.2, 3.1]), Series("v8", [0.8, 1.0, 1.1, 1.6, 4.0])]
    costs = [Series("v7", [0.002, 0.004, 0.005]), Series("v8", [])]
    return [
        *(
            render_verdict(verdict, Names("v7", "v8"), element=f"verdict-{at}")
            for at, verdict in enumerate(verdicts)
        ),
        render_win_share(WinShare(0.7, 0.52, 0.84, 31, 30), Names("v7", "v8"), element="share"),
        render_latencies(times, title="Duration", comparable=False),
        render_costs(costs, title="Cost"),
    ]


def _verdict(rows: int, wins: int, losses: int) -> Verdict:
    before, after = (
        [Cell(row=str(row), score=float(low <= row < high)) for row in range(rows)]
        for low, high in ((wins, rows), (0, rows - losses))
    )
    return decide(pair(before, after))


SIMILAR = Check("similar", threshold=0.8, metric="style", params={"value": "It is warm."})
WRONG = Problem("by", "Use one of: meaning, words, letters.")
OUTCOMES = (
    (SIMILAR, Outcome(check.PASSED, 0.91, "The words of the reply are 91% the same.")),
    (
        Check("contains_all", params={"values": ["Oslo", "21 °C"]}),
        Outcome(check.FAILED, 0.0, "The reply doesn't contain “21 °C”."),
    ),
    (
        Check("judge_rubric", negated=True, weight=0, params={"rubric": "Is it rude?"}),
        Outcome(check.SKIPPED, None, "Not judged, because the reply has failed another check."),
    ),
    (
        Check("cost", params={"most": 0.01}),
        Outcome(check.ERROR, None, "The model has no price. Add one in the project's settings."),
    ),
    (
        Check("foreign", params={"kept": {}}),
        Outcome(check.NOT_RUN, None, "Not run here. The check is kept for exports."),
    ),
)
MESSAGES = (("user", "completed"), ("assistant", "completed"), ("assistant", "incomplete"))
OLD = {"name": "Math tutor", "instructions": "Be kind.\nNever skip a step."}
NEW = {"name": "Patient tutor", "instructions": "Be patient.\nNever skip a step."}
CODE_RESULT = {
    "ended": "ok",
    "seconds": 0.34,
    "files": [
        {"name": "roots.csv", "bytes": 120, "file_id": "file_2"},
        {"name": "all.zip", "bytes": 9e8, "file_id": None, "reason": "too large to keep"},
    ],
}
FOUND = {
    "file_id": "file_1",
    "file_name": "harbour.md",
    "score": 0.91,
    "mark": "【0:0†harbour.md】",
    "content": [{"type": "text", "text": "The harbour was built in 1907."}],
}


def _code_call(result: dict[str, Any], *outputs: str) -> dict[str, Any]:
    written = [{"type": "logs", "logs": text} for text in outputs]
    code = {"input": "print([2, 3])", "outputs": written}
    return {"id": "call_1", "type": CODE_INTERPRETER, CODE_INTERPRETER: code, **result}


TOOL_CALLS = (
    (_code_call({}), run_status.IN_PROGRESS),
    (_code_call({"result": CODE_RESULT}, "[2, 3]\n"), run_status.COMPLETED),
    (
        _code_call({"result": {"ended": "error", "seconds": 0.1}}, "NameError: x\n"),
        run_status.COMPLETED,
    ),
    (
        {
            "id": "call_1",
            "type": FILE_SEARCH,
            FILE_SEARCH: {"query": "When was it built?", "results": [FOUND]},
        },
        run_status.COMPLETED,
    ),
    (
        {**CALL, "function": {**CALL["function"], "output": '{"temperature": 11}'}},
        run_status.COMPLETED,
    ),
)


def _tool_step(call: dict[str, Any], status: str, project_id: str) -> SafeString:
    step = {
        "id": f"step_{call['type']}_{status}_{len(str(call))}",
        "thread_id": "thread_styleguide",
        "status": status,
        "step_details": {"type": "tool_calls", "tool_calls": [call]},
    }
    return render_calls(step, project_id)


def _log_context(project: Project) -> dict[str, Any]:
    """Return the context of a run log with a bar of each kind."""
    usage = {"prompt_tokens": 992, "completion_tokens": 212, "cached_tokens": 64}
    run = Run(
        id="run_log",
        project=project,
        thread_id="thread_styleguide",
        model="m",
        status=run_status.REQUIRES_ACTION,
        created_at=WHEN,
    )
    bars = [
        _bar("message_creation", run_status.COMPLETED, 0, 40),
        _bar(CODE_INTERPRETER, run_status.FAILED, 40, 20),
        _bar("get_weather", run_status.IN_PROGRESS, 60, 40, waits=True),
    ]
    return {
        "run": run,
        "run_badge": run_badge(run.status),
        "runs": [run],
        "rows": [LogRow(None, [bar]) for bar in bars],
        "usage": usage_object(usage),
        "queued": 0.02,
        "first_token": 0.31,
        "total": 10.0,
        "json": "{}",
        "project": project,
    }


def _bar(label: str, status: str, start: float, width: float, *, waits: bool = False) -> Bar:
    failed = {"code": "server_error", "message": "The interpreter ended."}
    return Bar(
        step=RunStep(
            id=f"step_{label}",
            status=status,
            last_error=failed if status == run_status.FAILED else None,
        ),
        name=label,
        label=label,
        stretches=[Stretch(start / 10, (start + width) / 10, start, width, waits)],
        seconds=width / 10,
        waited=None,
        first_token=None,
        tokens=212,
        usage={},
        cost=None,
        waiting=waits,
        json="{}",
    )


def _render_meter(assistant: Assistant, budget: int) -> SafeString:
    """Return the meter of a short thread whose budget is this number of tokens."""
    row = PromptMessage([], "msg_meter", "user", run_status.COMPLETED)
    rows = [MeasuredRow(row, 80, budget > 1000), MeasuredRow(row, 40, True)]
    meter = ContextMeter(
        window=budget * 2, known=True, budget=budget, fixed=20, rows=rows, older=False
    )
    context = {
        "assistant": assistant,
        "drafted": budget > 1000,
        "meter": meter,
        "notes": meter_notes(meter),
        "rows": [("user", "What is the root?", item) for item in rows],
    }
    return render_to_string("context/_meter.html", context)


def _render_example(project: Project, role: str, status: str) -> SafeString:
    message = Message(
        thread_id="thread_styleguide",
        role=role,
        status=status,
        created_at=WHEN,
        content=[text_part(WRITTEN if role == "assistant" else "What is the root of x² = 4?")],
        incomplete_reason="max_tokens" if status == "incomplete" else "",
    )
    return render_message(message_object(message), {}, project.id)


def _render_run(project: Project, status: str) -> tuple[str, SafeString, SafeString, SafeString]:
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
        incomplete_reason="max_prompt_tokens" if status == run_status.INCOMPLETE else "",
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
    calls = [_waiting_card("call_1", None), _waiting_card("call_2", "Mild")] if waits else []
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


def _waiting_card(call_id: str, output: str | None) -> CallCard:
    arguments = {"location": "Paris", "days": [1, 2]}
    return CallCard(
        id=call_id,
        key=call_id,
        name="get_weather",
        arguments=json.dumps(arguments, indent=2),
        tree=render_tree(arguments),
        output=output,
    )
