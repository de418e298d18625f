"""The prompt of a run: the thread's rows as chat messages, within a budget of tokens."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.tokens import count_tokens
from assistants_app.engine.history import Row, newest_rows, run_behind
from assistants_app.engine.images import show_images
from assistants_app.engine.past_calls import ChatMessage, give_unique_ids, step_as_chat
from assistants_app.models import Message, Run, RunStep

Measure = Callable[[str], int]

MESSAGE_OVERHEAD = 4  # tokens that chat templates put around a message
IMAGE_TOKENS = 1000  # a rough price; only the provider knows
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
    rows = _ReadOnce(newest_rows(run))
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


def _merged_turns(rows: Iterable[Row]) -> list[ChatMessage]:
    # A reply and the tool calls after it are two rows, but one message of a chat completion.
    chat: list[ChatMessage] = []
    previous: Row | None = None
    for row in rows:
        messages = _chat_messages(row)
        same_turn = (
            isinstance(row, RunStep)
            and isinstance(previous, Message)
            and run_behind(previous) == row.run_id
            and bool(chat)
            and chat[-1]["role"] == "assistant"
        )
        if same_turn and messages:
            chat[-1]["tool_calls"] = messages.pop(0)["tool_calls"]
        chat += messages
        # A message without text is not in the prompt, so nothing can join it.
        previous = row if messages else previous
    give_unique_ids(chat)
    return chat


def _chat_messages(row: Row) -> list[ChatMessage]:
    return _message_as_chat(row) if isinstance(row, Message) else step_as_chat(row)


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
    rows = _ReadOnce(newest_rows(run))
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
