"""Samples for checks, made from the rows of recorded runs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from assistants_app.domain import run_status
from assistants_app.domain.checks.sample import (
    Cited,
    CodeRun,
    MadeFile,
    Sample,
    ToolUse,
    Turn,
)
from assistants_app.domain.schemas.json_values import read_json
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Message, Run, RunStep
from assistants_app.models.checks.snapshots import GradedRuns
from assistants_app.wire.runs.steps import RESULT, TOOL_CALLS

FIGURE = "figure.png"
PAUSE = "\n\n"  # between messages of one turn


def sample_of(rows: GradedRuns) -> Sample:
    """Return the sample of these runs. Its text is the last message of the last run."""
    own = {run.id for run in rows.runs}
    replies = [message for message in rows.messages if message.run_id in own]
    last_run = rows.runs[-1]
    last = next((each for each in reversed(replies) if each.run_id == last_run.id), None)
    calls = list(_calls(rows.steps))
    costs = [run.cost for run in rows.runs]
    return Sample(
        text=plain_text(last.content) if last else "",
        turns=tuple(_turns(rows)),
        messages=tuple(
            {"role": message.role, "text": plain_text(message.content)} for message in rows.messages
        ),
        calls=tuple(_use_of(call, step) for call, step in calls),
        citations=tuple(cited for message in replies for cited in _citations(message.content)),
        files=tuple(file for call, _ in calls for file in _files(call)),
        code_runs=tuple(_code_run(call) for call, _ in calls if call["type"] == CODE_INTERPRETER),
        usage=_usage(rows.runs),
        cost=None if None in costs else float(sum(cost for cost in costs if cost is not None)),
        first_token_seconds=_longest([_first_token(run, rows) for run in rows.runs]),
        duration_seconds=_sum([_duration(run, rows) for run in rows.runs]),
        refusal=_refusal(last.content) if last else "",
        error=next((error for run in rows.runs if (error := _error_of(run))), ""),
    )


# --- messages -------------------------------------------------------------------------------------


def plain_text(content: Sequence[Mapping[str, Any]]) -> str:
    """Return the texts and refusals of a message, without the marks of citations."""
    return PAUSE.join(filter(None, map(_text_of_part, content)))


def _text_of_part(part: Mapping[str, Any]) -> str:
    if part["type"] == "refusal":
        return str(part["refusal"])
    if part["type"] != "text":
        return ""
    text: str = part["text"]["value"]
    marks = [each for each in part["text"]["annotations"] if each["type"] == "file_citation"]
    # From the end, so that the places of the others stay right.
    for mark in sorted(marks, key=lambda mark: mark["start_index"], reverse=True):
        start, end = mark["start_index"], mark["end_index"]
        if text[start:end] == mark["text"]:
            text = text[:start].rstrip(" ") + text[end:]
    return text


def _citations(content: Sequence[Mapping[str, Any]]) -> Iterator[Cited]:
    for part in content:
        for mark in part["text"]["annotations"] if part["type"] == "text" else ():
            if mark["type"] == "file_citation":
                named = CITATION_MARK.fullmatch(mark["text"])
                source = mark["file_citation"]
                yield Cited(
                    file_id=source["file_id"],
                    filename=named[3].removeprefix("†") if named else "",
                    page=source.get("page"),
                    quote=source.get("quote") or "",
                )


def _refusal(content: Sequence[Mapping[str, Any]]) -> str:
    return PAUSE.join(part["refusal"] for part in content if part["type"] == "refusal")


def _turns(rows: GradedRuns) -> Iterator[Turn]:
    asked: dict[str, list[str]] = {}
    replies: dict[str, Message] = {}
    waiting: list[str] = []
    for message in rows.messages:
        if message.role == "user":
            waiting.append(plain_text(message.content))
        else:
            asked.setdefault(message.run_id or "", waiting)
            replies[message.run_id or ""] = message
            waiting = []
    for run in rows.runs:
        reply = replies.get(run.id)
        # A run without a reply is the last one, and what nobody has replied to was for it.
        user = PAUSE.join(asked.get(run.id, waiting))
        yield Turn(user, plain_text(reply.content) if reply else "")


# --- tools ----------------------------------------------------------------------------------------


def _calls(steps: Sequence[RunStep]) -> Iterator[tuple[Mapping[str, Any], RunStep]]:
    for step in steps:
        if step.type == TOOL_CALLS:
            for call in step.step_details["tool_calls"]:
                yield call, step


def _use_of(call: Mapping[str, Any], step: RunStep) -> ToolUse:
    if call["type"] == FUNCTION:
        function = call[FUNCTION]
        arguments = _json_or_text(function["arguments"])
        return ToolUse(function["name"], arguments, function.get("output") or "")
    if call["type"] == CODE_INTERPRETER:
        return ToolUse(CODE_INTERPRETER, {"code": call[CODE_INTERPRETER]["input"]}, _logs(call))
    shown = step.shown_to_model.get(call["id"]) or ""
    query = call.get(FILE_SEARCH, {}).get("query", "")
    return ToolUse(call["type"], {"query": query}, shown if isinstance(shown, str) else str(shown))


def _json_or_text(arguments: str) -> Any:
    try:
        return read_json(arguments)
    except ValueError:
        return arguments


def _logs(call: Mapping[str, Any]) -> str:
    outputs = call[CODE_INTERPRETER]["outputs"]
    return "".join(each["logs"] for each in outputs if each["type"] == "logs")


def _code_run(call: Mapping[str, Any]) -> CodeRun:
    # Calls from before results were stored have none.
    ended = (call.get(RESULT) or {}).get("ended", "ok")
    return CodeRun(call[CODE_INTERPRETER]["input"], ended, _logs(call))


def _files(call: Mapping[str, Any]) -> Iterator[MadeFile]:
    if call["type"] != CODE_INTERPRETER:
        return
    for file in (call.get(RESULT) or {}).get("files", ()):
        # Without an ID, it couldn't be stored for the user.
        if file.get("file_id"):
            yield MadeFile(file["name"], file["bytes"])
    for output in call[CODE_INTERPRETER]["outputs"]:
        if output["type"] == "image":
            yield MadeFile(FIGURE)


# --- figures --------------------------------------------------------------------------------------


def _usage(runs: Sequence[Run]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for run in runs:
        total.update({name: int(count) for name, count in run.usage.items()})
    return dict(total)


def _departure(run: Run, rows: GradedRuns) -> datetime | None:
    # Not from the request for the run: how long it waited for a worker isn't the assistant's doing.
    return rows.departures.get(run.id) or run.started_at


def _first_token(run: Run, rows: GradedRuns) -> float | None:
    began = _departure(run, rows)
    came = [
        step.first_token_at for step in rows.steps if step.run_id == run.id and step.first_token_at
    ]
    return max((min(came) - began).total_seconds(), 0.0) if came and began else None


def _duration(run: Run, rows: GradedRuns) -> float | None:
    began = _departure(run, rows)
    steps = [step for step in rows.steps if step.run_id == run.id and step.ended_at]
    ends = [step.ended_at for step in steps if step.ended_at]
    # An incomplete run has no time of its own.
    ended = run.completed_at or run.failed_at or run.cancelled_at or max(ends, default=None)
    if not began or not ended:
        return None
    waited = sum(
        (step.ended_at - step.waits_since).total_seconds()
        for step in steps
        if step.waits_since and step.ended_at
    )
    return max((ended - began).total_seconds() - waited, 0.0)


def _longest(seconds: Sequence[float | None]) -> float | None:
    known = [each for each in seconds if each is not None]
    return max(known) if len(known) == len(seconds) else None


def _sum(seconds: Sequence[float | None]) -> float | None:
    known = [each for each in seconds if each is not None]
    return sum(known) if len(known) == len(seconds) else None


def _error_of(run: Run) -> str:
    # An incomplete reply is one that a limit of the assistant itself has cut off, so it counts.
    if run.status in (run_status.COMPLETED, run_status.INCOMPLETE):
        return ""
    if run.status == run_status.FAILED:
        return (run.last_error or {}).get("message") or "The run failed."
    return {
        run_status.EXPIRED: "The run expired.",
        run_status.CANCELLED: "The run was stopped.",
        run_status.REQUIRES_ACTION: "The run waits for outputs of functions.",
    }.get(run.status, "The run hasn't ended.")
