"""What a run's tokens cost, in the writes that store the tokens."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from django.db import transaction

from assistants_app.domain.money.limits import NO_USE, Caller, Use
from assistants_app.domain.money.prices import UNUSED_TARIFF, tokens_of
from assistants_app.gateway.prices import place_of, tariff_for
from assistants_app.models import Run
from assistants_app.services.money.spending import count_use
from assistants_app.services.runs.progress import Progress

USAGE_COLUMNS = ("usage", "cost", "cost_origin", "price")


def add_usage(run: Run, progress: Progress) -> Use:
    """Add the tokens of a model call to the run, with what they cost. Return what was added."""
    before = run.cost or Decimal(0)
    run.usage = sum_usage(run.usage, progress.usage)
    tokens = tokens_of(progress.usage)
    if not tokens:
        return NO_USE
    call = progress.model_call.call if progress.model_call else None
    place = place_of(call.base_url, is_bundled=call.is_bundled) if call else place_of("")
    # All of its tokens at the price of its last call, so that it's known what one token costs.
    run.charge(tariff_for(run.project_id, place, run.model), run.usage)
    return Use(max((run.cost or Decimal(0)) - before, Decimal(0)), tokens)


def count_on_commit(run: Run, use: Use) -> None:
    """Count what was used for the limits, once it is committed."""
    if use != NO_USE:
        caller = Caller(run.api_key_id, run.person_id)
        transaction.on_commit(partial(count_use, run.project_id, caller, run.created_at, use))


def settle_unused(run: Run) -> None:
    """Note of a run that ends without having used a model that it costs nothing."""
    if not run.cost_origin and not tokens_of(run.usage):
        run.charge(UNUSED_TARIFF, {})


def sum_usage(total: Mapping[str, int], usage: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of each number of both."""
    return {name: total.get(name, 0) + usage.get(name, 0) for name in {**total, **usage}}
