"""Record requests to a model endpoint that belong to no run: passed on by the API, or by judges."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from assistants_app.domain.configurations.origins import API
from assistants_app.domain.money.limits import Caller, Use
from assistants_app.domain.money.prices import UNUSED_TARIFF, Place, tokens_of
from assistants_app.gateway.prices import tariff_for
from assistants_app.models import DirectCall
from assistants_app.services.money.spending import count_use


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that has ended. `status` is None if the endpoint didn't respond.

    `place` is the endpoint, as far as its prices go.
    """

    project_id: str
    caller: Caller
    place: Place
    kind: str
    model: str
    started_at: datetime
    first_token_at: datetime | None
    ended_at: datetime
    status: int | None
    usage: dict[str, int]
    origin: str = API


@transaction.atomic(durable=True)
def record_call(call: Call) -> None:
    """Keep the times, tokens and cost of a request, and count them for the limits."""
    save_call(call)


def save_call(call: Call) -> DirectCall:
    """Do the same within the caller's transaction, and return the row."""
    row = DirectCall(
        project_id=call.project_id,
        api_key_id=call.caller.key_id,
        person_id=call.caller.person_id,
        kind=call.kind,
        model=call.model,
        created_at=call.started_at,
        first_token_at=call.first_token_at,
        ended_at=call.ended_at,
        status=call.status,
        usage=call.usage,
        origin=call.origin,
    )
    tokens = tokens_of(call.usage)
    row.charge(
        tariff_for(call.project_id, call.place, call.model) if tokens else UNUSED_TARIFF, call.usage
    )
    row.save(force_insert=True)
    if tokens:
        use = Use(row.cost or Decimal(0), tokens)
        transaction.on_commit(
            partial(count_use, call.project_id, call.caller, call.started_at, use)
        )
    return row
