"""What the model is shown of a thread: its rows as chat messages, within a token budget."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistants_app.domain import run_status
from assistants_app.domain.ids import sort_key
from assistants_app.domain.tokens import count_tokens
from assistants_app.domain.tools import FUNCTION
from assistants_app.engine.images import show_images
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.runs.runs import completed_calls_of_runs
from assistants_app.queries.threads.threads import newest_messages
from assistants_app.tools import BUILT_IN

ChatMessage = dict[str, Any]
Row = Message | RunStep
Measure = Callable[[str], int]

MESSAGE_OVERHEAD = 4  # tokens that chat templates put around a message
IMAGE_TOKENS = 1000  # a rough price; only the provider knows
# Replies of these ends are half a thought that the model should not take for its own.
LEFT_OUT = {"run_failed", "content_filter"}
# Bytes of a prompt that every model holds: below it nobody needs to ask how large the context is.
SMALL_PROMPT = 3000


@dataclass(frozen=True, slots=True)
class Prompt:
    """`fits`: whether that which is always shown stays within the budget."""

    messages: list[ChatMessage]
    fits: bool


def prompt_of(run: Run, budget: Callable[[], int]) -> Prompt:
    """The run's instructions and the newest part of its thread, at most `budget()` tokens.

    ``truncation_strategy``: `last_messages` takes that many messages; `auto` as many as fit. The
    newest user message and what came after it are always there, and a tool call never goes without
    its result. Text is measured in bytes first, and counted in tokens only when that is too much.
    """
    system = [{"role": "system", "content": run.instructions}] if run.instructions else []
    rows = _Rewindable(_newest_rows(run))
    shown = _within(run, rows, SMALL_PROMPT - _fixed(run, _bytes), _bytes)
    if shown.cut or run.max_prompt_tokens is not None:
        most = budget()
        shown = _within(run, rows, most - _fixed(run, _bytes), _bytes)
        if shown.cut:
            shown = _within(run, rows, most - _fixed(run, count_tokens), count_tokens)
    chat = system + _in_order(reversed(shown.rows))
    show_images(chat, run.project_id)
    return Prompt(chat, shown.left >= 0)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Rows, newest first. `left`: of the budget, below 0 if what is always shown exceeds it."""

    rows: list[Row]
    left: int
    cut: bool


def _within(run: Run, rows: Iterable[Row], budget: int, measure: Measure) -> _Shown:
    strategy = run.truncation_strategy
    most = strategy["last_messages"] if strategy["type"] == "last_messages" else None
    taken: list[Row] = []
    messages, seen_user, left = 0, False, budget
    for row in rows:
        size = sum(_size(chat, measure) for chat in _told(row))
        if seen_user and left < size:
            return _Shown(_without_torn_turn(taken), left, cut=True)
        taken.append(row)
        left -= size
        if isinstance(row, Message):
            messages += 1
            seen_user = seen_user or row.role == "user"
            if messages == most:
                break
    return _Shown(taken, left, cut=left < 0)


def _without_torn_turn(newest_first: list[Row]) -> list[Row]:
    """Without calls at the start whose question was cut: some chat templates refuse those."""
    while isinstance(newest_first[-1], RunStep):
        newest_first.pop()
    return newest_first


def _newest_rows(run: Run) -> Iterator[Row]:
    """Messages and completed tool calls of the thread, newest first, read as far as asked for."""
    known = {run.id}
    steps = _own_steps(run)
    for batch in newest_messages(run.thread_id):
        run_ids = {message.run_id for message in batch if message.run_id} - known
        if run_ids:
            known |= run_ids
            steps += completed_calls_of_runs(run_ids)
            steps.sort(key=lambda step: step.pk, reverse=True)
        for message in batch:
            while steps and sort_key(steps[0].pk) > sort_key(message.pk):
                yield steps.pop(0)
            if _is_shown(message):
                yield message
    yield from steps


def _own_steps(run: Run) -> list[RunStep]:
    """The run's tool calls so far. A run that never asked its model has none to look for."""
    if run.attempts <= 1 and not run.usage:
        return []
    return completed_calls_of_runs({run.id})


class _Rewindable:
    """Can be walked again from its beginning; the source is read once, as far as anyone went."""

    def __init__(self, source: Iterator[Row]) -> None:
        self._source = source
        self._seen: list[Row] = []

    def __iter__(self) -> Iterator[Row]:
        yield from self._seen
        for row in self._source:
            self._seen.append(row)
            yield row


def _is_shown(message: Message) -> bool:
    return message.status != run_status.IN_PROGRESS and message.incomplete_reason not in LEFT_OUT


def _in_order(rows: Iterable[Row]) -> list[ChatMessage]:
    """Rows, oldest first, as chat messages. A reply and the calls after it are one message."""
    chat: list[ChatMessage] = []
    previous: Row | None = None
    for row in rows:
        told = _told(row)
        same_turn = (
            isinstance(row, RunStep)
            and isinstance(previous, Message)
            and previous.run_id == row.run_id
            and bool(chat)
            and chat[-1]["role"] == "assistant"
        )
        if same_turn and told:
            chat[-1]["tool_calls"] = told.pop(0)["tool_calls"]
        chat += told
        previous = row
    return chat


def _told(row: Row) -> list[ChatMessage]:
    return _of_message(row) if isinstance(row, Message) else _of_step(row)


def _of_message(message: Message) -> list[ChatMessage]:
    parts = [part for part in (_of_part(part) for part in message.content) if part]
    if not parts:
        return []
    if message.role == "assistant" or all(part["type"] == "text" for part in parts):
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        return [{"role": message.role, "content": text}] if text else []
    return [{"role": message.role, "content": parts}]


def _of_part(part: dict[str, Any]) -> dict[str, Any] | None:
    match part["type"]:
        case "text":
            return (
                {"type": "text", "text": part["text"]["value"]} if part["text"]["value"] else None
            )
        case "refusal":
            return {"type": "text", "text": part["refusal"]}
        case "image_url" | "image_file" as kind:
            return {"type": kind, kind: part[kind]}
        case _:
            return None


def _of_step(step: RunStep) -> list[ChatMessage]:
    calls = step.step_details["tool_calls"]
    asked: ChatMessage = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": call["id"], "type": FUNCTION, "function": _function_of(call)} for call in calls
        ],
    }
    return [asked] + [
        {"role": "tool", "tool_call_id": call["id"], "content": _result_of(step, call)}
        for call in calls
    ]


def _function_of(call: dict[str, Any]) -> dict[str, str]:
    if call["type"] == FUNCTION:
        function = call["function"]
        return {"name": function["name"], "arguments": function["arguments"] or "{}"}
    return {"name": call["type"], "arguments": BUILT_IN[call["type"]].arguments(call)}


def _result_of(step: RunStep, call: dict[str, Any]) -> str:
    if call["type"] == FUNCTION:
        return call["function"]["output"] or ""
    return str(step.shown_to_model.get(call["id"], ""))


def _fixed(run: Run, measure: Measure) -> int:
    """What every prompt of the run has beside its thread."""
    tools = measure(json.dumps(run.tools)) if run.tools else 0
    return tools + (MESSAGE_OVERHEAD + measure(run.instructions) if run.instructions else 0)


def _size(message: ChatMessage, measure: Measure) -> int:
    content = message["content"]
    total = MESSAGE_OVERHEAD
    if isinstance(content, str):
        total += measure(content)
    for part in content if isinstance(content, list) else ():
        total += measure(part["text"]) if part["type"] == "text" else IMAGE_TOKENS
    if calls := message.get("tool_calls"):
        total += measure(json.dumps(calls))
    return total


def _bytes(text: str) -> int:
    """More than the tokens of any text: what fits by this measure need not be counted."""
    return len(text.encode())


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """A message, or a step's tool calls with their results: its tokens, and whether the prompt
    has it.
    """

    row: Row
    tokens: int
    shown: bool


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    """`rows`: oldest first. `older`: whether there are more before them, of which none is shown."""

    fixed: int
    rows: list[MeasuredRow]
    older: bool


def measure_rows(run: Run, budget: int, *, most: int) -> MeasuredRows:
    """What :func:`prompt_of` would take with this budget, and what it would leave out: all that it
    takes, and of the rest as many rows as make `most`.
    """
    rows = _Rewindable(_newest_rows(run))
    fixed = _fixed(run, count_tokens)
    taken = {row.pk for row in _within(run, rows, budget - fixed, count_tokens).rows}
    measured: list[MeasuredRow] = []
    older = False
    for row in rows:
        if len(measured) >= max(most, len(taken)):
            older = True
            break
        tokens = sum(_size(chat, count_tokens) for chat in _told(row))
        measured.append(MeasuredRow(row, tokens, row.pk in taken))
    return MeasuredRows(fixed, measured[::-1], older)
