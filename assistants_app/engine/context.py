"""The prompt of a run: the thread's rows as chat messages, within a budget of tokens."""

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
# Replies that ended this way are half a thought that the model should not take for its own. One
# that a person stopped is shown.
LEFT_OUT = {"run_failed", "content_filter"}
# Bytes. A prompt of this size fits every model, so its context window need not be looked up.
SMALL_PROMPT = 3000


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages of a chat completion.

    `fits` is false if the messages that are never left out exceed the budget by themselves.
    """

    messages: list[ChatMessage]
    fits: bool


def prompt_of(run: Run, budget: Callable[[], int]) -> Prompt:
    """Return the run's instructions and the newest part of its thread, in up to `budget()` tokens.

    The run's ``truncation_strategy`` takes as many messages as fit (`auto`), or at most a given
    number (`last_messages`). The newest user message and everything after it is always included,
    and a tool call never appears without its result.

    Raises :class:`RunFailure` for images that can't be shown to a model.
    """
    system = [{"role": "system", "content": run.instructions}] if run.instructions else []
    rows = _ReadOnce(_newest_rows(run))
    # Counting tokens and looking up the context window are slow, and most prompts need neither:
    # bytes are an upper bound of tokens.
    shown = _fit_rows(run, rows, SMALL_PROMPT - _fixed_size(run, _byte_count), _byte_count)
    if shown.cut or run.max_prompt_tokens is not None:
        most = budget()
        shown = _fit_rows(run, rows, most - _fixed_size(run, _byte_count), _byte_count)
        if shown.cut:
            shown = _fit_rows(run, rows, most - _fixed_size(run, count_tokens), count_tokens)
    chat = system + _merged_turns(reversed(shown.rows))
    show_images(chat, run.project_id)
    return Prompt(chat, shown.left >= 0)


@dataclass(frozen=True, slots=True)
class _FittingRows:
    rows: list[Row]  # newest first
    left: int  # of the budget; below 0 if the rows that are never left out exceed it
    cut: bool


def _fit_rows(run: Run, rows: Iterable[Row], budget: int, measure: Measure) -> _FittingRows:
    strategy = run.truncation_strategy
    most = strategy["last_messages"] if strategy["type"] == "last_messages" else None
    taken: list[Row] = []
    messages, seen_user, left = 0, False, budget
    for row in rows:
        size = sum(_message_size(message, measure) for message in _chat_messages(row))
        if seen_user and left < size:
            return _FittingRows(_without_torn_turn(taken), left, cut=True)
        taken.append(row)
        left -= size
        if isinstance(row, Message):
            messages += 1
            seen_user = seen_user or row.role == "user"
            if messages == most:
                break
    return _FittingRows(taken, left, cut=left < 0)


def _without_torn_turn(newest_first: list[Row]) -> list[Row]:
    # Some chat templates refuse a prompt that starts with tool calls, whose question was cut.
    while isinstance(newest_first[-1], RunStep):
        newest_first.pop()
    return newest_first


def _newest_rows(run: Run) -> Iterator[Row]:
    # Yields the thread's messages and completed tool calls, newest first. They are read in batches,
    # so a long thread costs only as much as its prompt needs.
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
    # A run that has not called its model yet has no tool calls. This saves a query per run.
    if run.attempts <= 1 and not run.usage:
        return []
    return completed_calls_of_runs({run.id})


class _ReadOnce:
    # Rows that can be iterated several times. The source is read once, as far as needed.
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


def _merged_turns(rows: Iterable[Row]) -> list[ChatMessage]:
    # A reply and the tool calls after it are two rows, but one message of a chat completion.
    chat: list[ChatMessage] = []
    previous: Row | None = None
    for row in rows:
        messages = _chat_messages(row)
        same_turn = (
            isinstance(row, RunStep)
            and isinstance(previous, Message)
            and previous.run_id == row.run_id
            and bool(chat)
            and chat[-1]["role"] == "assistant"
        )
        if same_turn and messages:
            chat[-1]["tool_calls"] = messages.pop(0)["tool_calls"]
        chat += messages
        previous = row
    return chat


def _chat_messages(row: Row) -> list[ChatMessage]:
    return _message_as_chat(row) if isinstance(row, Message) else _step_as_chat(row)


def _message_as_chat(message: Message) -> list[ChatMessage]:
    parts = [part for part in (_part_as_chat(part) for part in message.content) if part]
    if not parts:
        return []
    # Chat completions accept images from users only; an assistant's are figures that its code drew.
    if message.role == "assistant" or all(part["type"] == "text" for part in parts):
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        return [{"role": message.role, "content": text}] if text else []
    return [{"role": message.role, "content": parts}]


def _part_as_chat(part: dict[str, Any]) -> dict[str, Any] | None:
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


def _step_as_chat(step: RunStep) -> list[ChatMessage]:
    calls = step.step_details["tool_calls"]
    request: ChatMessage = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": call["id"], "type": FUNCTION, "function": _function_of(call)} for call in calls
        ],
    }
    return [request] + [
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


def _fixed_size(run: Run, measure: Measure) -> int:
    # Instructions and tools, which every prompt of the run has.
    tools = measure(json.dumps(run.tools)) if run.tools else 0
    return tools + (MESSAGE_OVERHEAD + measure(run.instructions) if run.instructions else 0)


def _message_size(message: ChatMessage, measure: Measure) -> int:
    content = message["content"]
    total = MESSAGE_OVERHEAD
    if isinstance(content, str):
        total += measure(content)
    for part in content if isinstance(content, list) else ():
        total += measure(part["text"]) if part["type"] == "text" else IMAGE_TOKENS
    if calls := message.get("tool_calls"):
        total += measure(json.dumps(calls))
    return total


def _byte_count(text: str) -> int:
    # No text has more tokens than bytes, so whatever fits by this measure fits.
    return len(text.encode())


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """The size of a row in tokens, and whether the prompt includes it.

    The row is a message, or a step whose tool calls are measured with their results.
    """

    row: Row
    tokens: int
    shown: bool


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    """The measured part of a thread, oldest first.

    `fixed` is the size of instructions and tools in tokens. `older` says whether the thread has
    older rows, which are all left out.
    """

    fixed: int
    rows: list[MeasuredRow]
    older: bool


def measure_rows(run: Run, budget: int, *, most: int) -> MeasuredRows:
    """Measure which rows :func:`prompt_of` includes with this budget, and which it leaves out.

    Up to `most` rows are measured, or all rows that are included if those are more.
    """
    rows = _ReadOnce(_newest_rows(run))
    fixed = _fixed_size(run, count_tokens)
    taken = {row.pk for row in _fit_rows(run, rows, budget - fixed, count_tokens).rows}
    measured: list[MeasuredRow] = []
    older = False
    for row in rows:
        if len(measured) >= max(most, len(taken)):
            older = True
            break
        tokens = sum(_message_size(message, count_tokens) for message in _chat_messages(row))
        measured.append(MeasuredRow(row, tokens, row.pk in taken))
    return MeasuredRows(fixed, measured[::-1], older)
