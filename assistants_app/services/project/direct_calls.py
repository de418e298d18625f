"""Record requests to models that belong to no run: passed on by the API, or our own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from assistants_app.domain.configurations.origins import API
from assistants_app.domain.money.limits import Caller, Use
from assistants_app.domain.money.prices import UNUSED_TARIFF, Place, tokens_of
from assistants_app.gateway.metering import Meter, ModelUse
from assistants_app.gateway.prices import tariff_for
from assistants_app.models import DirectCall, Project
from assistants_app.services.money.checks import current_caller, require_means
from assistants_app.services.money.spending import count_use

logger = logging.getLogger(__name__)


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


def metered_for_caller(project: Project) -> AbstractContextManager[Meter]:
    """Do the same as :func:`metered` for who acts now, within all of their limits."""
    return metered(project.id, current_caller(), partial(require_means, project))


@contextmanager
def metered(
    project_id: str, caller: Caller, allow: Callable[[], object] = lambda: None
) -> Iterator[Meter]:
    """Yield a meter. What it has measured when the block ends is kept, and counts for the limits.

    `allow` is called before a model is asked, and raises an error if no more may be used. No
    transaction may be open.
    """
    meter = Meter(allow)
    try:
        yield meter
    finally:
        # Also after an error: what was used until then has its cost.
        for use in meter.uses:
            _record_use(project_id, caller, use)


def _record_use(project_id: str, caller: Caller, use: ModelUse) -> None:
    call = Call(
        project_id=project_id,
        caller=caller,
        place=use.place,
        kind=use.kind,
        model=use.model,
        started_at=use.started_at,
        first_token_at=None,
        ended_at=use.ended_at,
        status=None,
        usage=use.usage,
    )
    try:
        record_call(call)
    except Exception:
        # The work is done, and isn't lost for this.
        logger.exception("The usage of %s for %s isn't recorded", use.model, use.kind)


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
