"""Facts about replies: the model, the tokens, the speed and the cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from assistants_app.models import Message, Run, RunStep
from assistants_app.models.snapshots import ReplyRows
from assistants_app.wire.runs.steps import MESSAGE_CREATION


@dataclass(frozen=True, slots=True)
class Reply:
    """Facts about a reply.

    `version`: the assistant's version, or 0. `draft`: the run used a draft based on it.
    `rate`: tokens per second, without reasoning.
    `first_token`: seconds from the request to the model.
    `dollars`: None without a price.
    `estimated`: the endpoint didn't report the number of tokens.
    """

    model: str
    version: int
    draft: bool
    tokens: int = 0
    rate: float | None = None
    first_token: float | None = None
    dollars: Decimal | None = None
    estimated: bool = False


def replies_of(messages: Sequence[Message], rows: ReplyRows) -> dict[str, Reply]:
    """Return the facts about each reply among these messages, by message ID."""
    runs = rows.runs
    requested_at = _request_times(runs, rows.steps)
    of_message = {
        step.step_details["message_creation"]["message_id"]: step
        for step in rows.steps
        if step.type == MESSAGE_CREATION
    }
    replies: dict[str, Reply] = {}
    for message in messages:
        run = runs.get(message.run_id or message.copied_run_id or "")
        # In the copy of a shared thread, nobody knows the model.
        if run is not None and run.model:
            # A copy in a fork has no step of its own. Show the original's numbers.
            step = of_message.get(message.copied_from_id or message.id)
            replies[message.id] = _reply_of(run, step, requested_at)
    return replies


def _request_times(runs: Mapping[str, Run], steps: Sequence[RunStep]) -> dict[str, datetime | None]:
    # The model is requested_at for a step when the step before it ends, or when the run starts.
    before: dict[str, datetime | None] = {run.id: run.started_at for run in runs.values()}
    requested_at: dict[str, datetime | None] = {}
    for step in steps:
        requested_at[step.id] = before.get(step.run_id)
        before[step.run_id] = step.completed_at
    return requested_at


def _reply_of(run: Run, step: RunStep | None, requested_at: Mapping[str, datetime | None]) -> Reply:
    usage = step.usage if step else {}
    tokens = usage.get("completion_tokens", 0)
    if step is None or not tokens:
        return Reply(run.model, run.version_number, run.used_draft)
    requested, first, end = requested_at[step.id], step.first_token_at, step.completed_at
    # Reasoning comes before the first token, so it isn't part of the time measured below.
    written = tokens - usage.get("reasoning_tokens", 0)
    seconds = (end - first).total_seconds() if first and end else 0.0
    return Reply(
        run.model,
        run.version_number,
        run.used_draft,
        tokens=tokens,
        rate=written / seconds if seconds > 0 and written > 0 else None,
        first_token=(first - requested).total_seconds() if first and requested else None,
        dollars=run.known_price.of(usage) if run.known_price else None,
        estimated=bool(usage.get("estimated")),
    )
