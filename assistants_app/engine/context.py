"""The prompt of a run: the thread's rows as chat messages, within a budget of tokens."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.tokens import count_tokens
from assistants_app.engine.history import Row, run_behind
from assistants_app.engine.images import show_images
from assistants_app.engine.past_calls import ChatMessage, give_unique_ids, step_as_chat
from assistants_app.engine.variables.files import text_to_count
from assistants_app.engine.variables.filling import filled_rows, instructions_as_chat
from assistants_app.models import Run, RunStep
from assistants_app.queries.threads.prompt_messages import PromptMessage
from assistants_app.services.threads.prompt_sizes import keep_prompt_sizes

Measure = Callable[[str], int]

MESSAGE_OVERHEAD = 4  # tokens that chat templates put around a message
IMAGE_TOKENS = 1000  # a rough price; only the provider knows
# Bytes. A prompt of this size fits every model, so its context window need not be looked up.
SMALL_PROMPT = 3000
# Tokens that are counted before the counts are kept: a write takes a millisecond, like this count.
WORTH_KEEPING = 2000


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages of a chat completion.

    `fits` is false if the messages that are never left out exceed the budget by themselves.
    """

    messages: list[ChatMessage]
    fits: bool


def prompt_of(
    run: Run, budget: Callable[[], int], *, first: list[PromptMessage] | None = None
) -> Prompt:
    """Return the run's instructions and the newest part of its thread, in up to `budget()` tokens.

    The run's ``truncation_strategy`` takes as many messages as fit (`auto`), or at most a given
    number (`last_messages`). The newest user message and everything after it is always included,
    and a tool call never appears without its result.

    Values are in the place of variables. `first` is as in `prompt_messages`. Raises
    :class:`RunFailure` for images and files that can't be shown to a model.
    """
    system = instructions_as_chat(run)
    entries = _ReadOnce(map(_Entry, filled_rows(run, first=first)))
    # Counting tokens and looking up the context window are slow, and most prompts need neither:
    # bytes are an upper bound of tokens.
    small = SMALL_PROMPT - _fixed_size(run, system, _byte_count)
    shown = _fit_entries(run, entries, small, _bytes_of)
    if shown.cut or run.max_prompt_tokens is not None:
        most = budget()
        left = most - _fixed_size(run, system, _byte_count)
        shown = _fit_entries(run, entries, left, _bound_of)
        if shown.cut:
            left = most - _fixed_size(run, system, count_tokens)
            shown = _fit_entries(run, entries, left, _tokens_of)
            _keep_new_sizes(entries.seen)
    chat = system + _merged_turns(reversed(shown.entries))
    show_images(chat, run.project_id)
    return Prompt(chat, shown.left >= 0)


class _Entry:
    """A row of the thread with its chat messages, which are built once and counted at most once.

    `kept` is the size in tokens that the database has, and `known` that one or the one counted now.
    """

    __slots__ = ("chat", "kept", "known", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.kept: int | None = None
        if isinstance(row, PromptMessage):
            self.chat, self.kept = _message_as_chat(row), row.tokens
        else:
            self.chat = step_as_chat(row)
        self.known = self.kept


# Functions and not properties, because they are called for thousands of rows, several times.
def _tokens_of(entry: _Entry) -> int:
    if entry.known is None:
        entry.known = sum(_message_size(message, count_tokens) for message in entry.chat)
    return entry.known


def _bytes_of(entry: _Entry) -> int:
    # At least the size in tokens.
    return sum(_message_size(message, _byte_count) for message in entry.chat)


def _bound_of(entry: _Entry) -> int:
    return _bytes_of(entry) if entry.known is None else entry.known


def _keep_new_sizes(entries: Iterable[_Entry]) -> None:
    counted = ((entry.row, entry.known) for entry in entries if entry.known is not entry.kept)
    # With values, a row is not the stored message.
    sizes = [
        (row, tokens)
        for row, tokens in counted
        if isinstance(row, PromptMessage) and row.counted and tokens is not None
    ]
    if sum(tokens for _, tokens in sizes) >= WORTH_KEEPING:
        keep_prompt_sizes(sizes=sizes)


@dataclass(frozen=True, slots=True)
class _FittingEntries:
    entries: list[_Entry]  # newest first
    left: int  # of the budget; below 0 if the rows that are never left out exceed it
    cut: bool


def _fit_entries(
    run: Run, entries: Iterable[_Entry], budget: int, size_of: Callable[[_Entry], int]
) -> _FittingEntries:
    strategy = run.truncation_strategy
    most = strategy["last_messages"] if strategy["type"] == "last_messages" else None
    taken: list[_Entry] = []
    messages, seen_user, left = 0, False, budget
    for entry in entries:
        size = size_of(entry)
        if seen_user and left < size:
            return _FittingEntries(_without_torn_turn(taken), left, cut=True)
        taken.append(entry)
        left -= size
        if seen_user and most is None:
            continue
        if isinstance(entry.row, PromptMessage):
            messages += 1
            seen_user = seen_user or entry.row.role == "user"
            if messages == most:
                break
    return _FittingEntries(taken, left, cut=left < 0)


def _without_torn_turn(newest_first: list[_Entry]) -> list[_Entry]:
    # Some chat templates refuse a prompt that starts with tool calls, whose question was cut.
    while isinstance(newest_first[-1].row, RunStep):
        newest_first.pop()
    return newest_first


class _ReadOnce:
    # Entries that can be iterated several times. The source is read once, as far as needed.
    def __init__(self, source: Iterator[_Entry]) -> None:
        self._source = source
        self.seen: list[_Entry] = []

    def __iter__(self) -> Iterator[_Entry]:
        yield from self.seen
        for entry in self._source:
            self.seen.append(entry)
            yield entry


def _merged_turns(entries: Iterable[_Entry]) -> list[ChatMessage]:
    # A reply and the tool calls after it are two rows, but one message of a chat completion.
    chat: list[ChatMessage] = []
    previous: Row | None = None
    for entry in entries:
        row, messages = entry.row, entry.chat
        # A message without text is not in the prompt, so nothing can join it.
        if not messages:
            continue
        same_turn = (
            isinstance(row, RunStep)
            and isinstance(previous, PromptMessage)
            and run_behind(previous) == row.run_id
            and bool(chat)
            and chat[-1]["role"] == "assistant"
        )
        if same_turn:
            chat[-1]["tool_calls"] = messages[0]["tool_calls"]
        chat += messages[1:] if same_turn else messages
        previous = row
    give_unique_ids(chat)
    return chat


def _message_as_chat(message: PromptMessage) -> list[ChatMessage]:
    # Nearly every message is one text. Thousands of them in one prompt take half the time this way.
    if len(message.content) == 1 and message.content[0]["type"] == "text":
        text = message.content[0]["text"]["value"]
        return [{"role": message.role, "content": text}] if text else []
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


def _fixed_size(run: Run, system: Iterable[ChatMessage], measure: Measure) -> int:
    # Instructions and tools, which every prompt of the run has.
    tools = measure(json.dumps(run.tools)) if run.tools else 0
    return tools + sum(_message_size(message, measure) for message in system)


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
    entries = _ReadOnce(map(_Entry, filled_rows(run, text_to_count)))
    fixed = _fixed_size(run, instructions_as_chat(run, text_to_count), count_tokens)
    fitting = _fit_entries(run, entries, budget - fixed, _tokens_of)
    taken = {entry.row.id for entry in fitting.entries}
    measured: list[MeasuredRow] = []
    older = False
    for entry in entries:
        if len(measured) >= max(most, len(taken)):
            older = True
            break
        measured.append(MeasuredRow(entry.row, _tokens_of(entry), entry.row.id in taken))
    return MeasuredRows(fixed, measured[::-1], older)
