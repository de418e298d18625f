"""Which model gave a reply, and what the reply took and cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from assistants_app.domain.cost import Price
from assistants_app.models import Message, Run, RunStep
from assistants_app.models.snapshots import ReplyRows
from assistants_app.wire.runs.steps import MESSAGE_CREATION


@dataclass(frozen=True, slots=True)
class Reply:
    """What made a message, and what it cost as far as somebody knows.

    `version`: 0 where there is none; `draft`: it was changed in a draft since. `rate`: tokens per
    second, reasoning left out; `first_token`: seconds from when the model was asked; `dollars`:
    None without a price; `estimated`: the endpoint did not count the tokens.
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
    """Return the replies among these messages, by message id."""
    runs = rows.runs
    asked = _asked(runs, rows.steps)
    of_message = {
        step.step_details["message_creation"]["message_id"]: step
        for step in rows.steps
        if step.type == MESSAGE_CREATION
    }
    replies: dict[str, Reply] = {}
    for message in messages:
        if (run := runs.get(message.run_id or message.copied_run_id or "")) is not None:
            step = of_message.get(message.copied_from_id or message.id)
            replies[message.id] = _reply(run, step, asked, rows.prices.get(run.model))
    return replies


def _asked(runs: Mapping[str, Run], steps: Sequence[RunStep]) -> dict[str, datetime | None]:
    """When the model was asked for each step, by step id: when what came before it had ended."""
    before: dict[str, datetime | None] = {run.id: run.started_at for run in runs.values()}
    asked: dict[str, datetime | None] = {}
    for step in steps:
        asked[step.id] = before.get(step.run_id)
        before[step.run_id] = step.completed_at
    return asked


def _reply(
    run: Run, step: RunStep | None, asked: Mapping[str, datetime | None], price: Price | None
) -> Reply:
    usage = step.usage if step else {}
    tokens = usage.get("completion_tokens", 0)
    if step is None or not tokens:
        return Reply(run.model, run.version_number, run.used_draft)
    begun, first, end = asked[step.id], step.first_token_at, step.completed_at
    written = tokens - usage.get("reasoning_tokens", 0)
    seconds = (end - first).total_seconds() if first and end else 0.0
    return Reply(
        run.model,
        run.version_number,
        run.used_draft,
        tokens=tokens,
        rate=written / seconds if seconds > 0 and written > 0 else None,
        first_token=(first - begun).total_seconds() if first and begun else None,
        dollars=price.of(usage) if price else None,
        estimated=bool(usage.get("estimated")),
    )
