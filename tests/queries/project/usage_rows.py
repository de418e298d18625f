"""Rows for tests of usage."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from assistants_app.domain import run_status
from assistants_app.domain.money.prices import UNUSED_TARIFF, Place, tariff_of, tokens_of
from assistants_app.models import DirectCall, Run, RunStep
from assistants_app.queries.project.prices import dated_prices
from assistants_app.services.money import late_costs
from tests.cast import Cast, make_run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Row = TypeVar("Row", Run, DirectCall)


def with_cost(row: Row) -> Row:
    """Give the row its cost by the project's prices, as its end would have done."""
    prices = dated_prices(row.project_id)
    tariff = tariff_of(prices, place=Place(), model=row.model, day=NOON.date())
    row.charge(tariff if tokens_of(row.usage) else UNUSED_TARIFF, row.usage)
    row.save()
    return row


def settle_all() -> None:
    """Give a cost to all rows that have none, as the workers do."""
    late_costs.apply_new_prices(limit=1000)
    for table in late_costs.TABLES:
        late_costs.settle(table, limit=1000)


def run_at(cast: Cast, at: datetime, seconds: float = 2.0, **columns: object) -> Run:
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        **{
            "status": "completed",
            "created_at": at,
            "started_at": at + timedelta(seconds=0.5),
            "completed_at": at + timedelta(seconds=seconds),
            "usage": {"prompt_tokens": 100, "cached_tokens": 40, "completion_tokens": 10},
            **columns,
        },
    )
    RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type="message_creation",
        created_at=at,
        first_token_at=at + timedelta(seconds=1),
    )
    return run if run.status in run_status.ACTIVE else with_cost(run)


def call_at(cast: Cast, at: datetime, **columns: object) -> DirectCall:
    call = DirectCall.objects.create(
        **{
            "project": cast.project,
            "api_key_id": "key_1",
            "kind": "chat/completions",
            "model": cast.assistant.model,
            "created_at": at,
            "ended_at": at + timedelta(seconds=1),
            "status": 200,
            "usage": {"prompt_tokens": 1000, "cached_tokens": 0, "completion_tokens": 100},
            **columns,
        }
    )
    return with_cost(call)
