"""What the model is shown of a thread: its rows as chat messages, within a token budget."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from assistants_app.domain import run_status
from assistants_app.domain.ids import sort_key
from assistants_app.domain.tokens import count_tokens
from assistants_app.engine.images import show_images
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.runs import steps_of_runs
from assistants_app.queries.threads import newest_messages
from assistants_app.wire.run_steps import TOOL_CALLS

ChatMessage = dict[str, Any]

MESSAGE_OVERHEAD = 4  # tokens that chat templates put around a message
IMAGE_TOKENS = 1000  # a rough price; only the provider knows
# Replies of these ends are half a thought that the model should not take for its own.
LEFT_OUT = {"run_failed", "content_filter"}


# Bytes of a prompt that every model holds: below it nobody needs to ask how large the context is.
SMALL_PROMPT = 3000


def chat_messages(run: Run, budget: Callable[[], int]) -> list[ChatMessage]:
    """The run's instructions and the newest part of its thread, at most `budget()` tokens.

    ``truncation_strategy``: `last_messages` takes that many messages; `auto` as many as fit. The
    newest user message and the run's own work are always there, and a tool call never goes without
    its result. Text is measured in bytes first, and counted in tokens only when that is too much.
    """
    system = [{"role": "system", "content": run.instructions}] if run.instructions else []
    own_steps = _own_steps(run)
    fixed = system + [message for step in own_steps for message in _of_step(step)]
    messages, cut = _newest(run, fixed, SMALL_PROMPT, _bytes)
    if cut or run.max_prompt_tokens is not None:
        messages, cut = _newest(run, fixed, budget(), _bytes)
    if cut:
        messages, _ = _newest(run, fixed, budget(), count_tokens)
    run_ids = {message.run_id for message in messages if message.run_id} - {run.id}
    steps = [step for step in steps_of_runs(run_ids) if _is_told(step)] if run_ids else []
    chat = system + _in_order(messages, steps + own_steps)
    show_images(chat, run.project_id)
    return chat


def _own_steps(run: Run) -> list[RunStep]:
    """The run's tool calls so far. A run that never asked its model has none to look for."""
    if run.attempts <= 1 and not run.usage:
        return []
    return [step for step in steps_of_runs({run.id}) if _is_told(step)]


def _newest(
    run: Run, fixed: list[ChatMessage], budget: int, measure: Callable[[str], int]
) -> tuple[list[Message], bool]:
    """The newest messages that fit beside the `fixed` ones, and whether the budget cut them."""
    rows: Iterator[Message] = (
        message for message in newest_messages(run.thread_id) if _is_shown(message)
    )
    strategy = run.truncation_strategy
    if strategy["type"] == "last_messages" and strategy["last_messages"]:
        rows = islice(rows, strategy["last_messages"])
    left = budget - sum(_size(message, measure) for message in fixed)
    taken: list[Message] = []
    seen_user = False
    for message in rows:
        left -= sum(_size(chat, measure) for chat in _of_message(message))
        if left < 0 and seen_user:
            return taken, True
        taken.append(message)
        seen_user = seen_user or message.role == "user"
    return taken, left < 0


def _is_shown(message: Message) -> bool:
    return message.status != run_status.IN_PROGRESS and message.incomplete_reason not in LEFT_OUT


def _is_told(step: RunStep) -> bool:
    return step.type == TOOL_CALLS and step.status == run_status.COMPLETED


def _in_order(messages: Iterable[Message], steps: Iterable[RunStep]) -> list[ChatMessage]:
    """Messages and tool calls as they came. A reply and the calls after it are one message."""
    rows: list[Message | RunStep] = sorted([*messages, *steps], key=lambda row: sort_key(row.pk))
    chat: list[ChatMessage] = []
    previous: Message | RunStep | None = None
    for row in rows:
        told = _of_message(row) if isinstance(row, Message) else _of_step(row)
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
            {
                "id": call["id"],
                "type": "function",
                "function": {
                    "name": call["function"]["name"],
                    "arguments": call["function"]["arguments"] or "{}",
                },
            }
            for call in calls
        ],
    }
    return [asked] + [
        {"role": "tool", "tool_call_id": call["id"], "content": call["function"]["output"] or ""}
        for call in calls
    ]


def _size(message: ChatMessage, measure: Callable[[str], int]) -> int:
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
