"""The cost of runs, as each has stored it when it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db import connection
from django.db.models import DecimalField
from django.db.models.expressions import RawSQL

from assistants_app.domain.money.prices import DEAREST, NONE
from assistants_app.models import Run

# `cached` can't exceed `prompt`, whatever a provider reports.
COUNTED = """
    CROSS JOIN LATERAL (
        SELECT coalesce((run.usage ->> 'prompt_tokens')::bigint, 0) AS prompt,
            least(coalesce((run.usage ->> 'cached_tokens')::bigint, 0),
                coalesce((run.usage ->> 'prompt_tokens')::bigint, 0)) AS cached,
            coalesce((run.usage ->> 'completion_tokens')::bigint, 0) AS completion,
            coalesce((run.usage ->> 'estimated')::bigint, 0) > 0 AS estimated
    ) counted
"""
UNPRICED = f"run.cost_origin = '{NONE}'"
# A cost by a later day's price, or by that of another model.
ROUGH = f"(run.cost_estimated OR run.cost_origin = '{DEAREST}')"

Owner = Literal["thread_id", "assistant_id"]


@dataclass(frozen=True, slots=True)
class RunCost:
    """The cost of some runs in dollars, or None if no model has a price.

    `unpriced` says that some have none. `rough`: of some, the cost is by a later day's price or by
    that of another model.
    """

    cost: Decimal | None = None
    unpriced: bool = False
    rough: bool = False


NO_COST = RunCost()


def costs_of(owner: Owner, ids: Sequence[str]) -> dict[str, RunCost]:
    """Return the cost of the runs of each thread or assistant that has runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT run.{owner}, sum(run.cost), bool_or({UNPRICED}),"
            f" bool_or({ROUGH}) FROM run"
            f" WHERE run.{owner} = ANY(%s) GROUP BY 1",
            [list(ids)],
        )
        return {key: RunCost(*sums) for key, *sums in cursor.fetchall()}


def is_rough(run: Run) -> bool:
    """Return whether the run's cost is by a price that wasn't its own."""
    return run.cost_estimated or run.cost_origin == DEAREST


def cost_order(owner: Owner, table: Literal["thread", "assistant"]) -> RawSQL:
    """Return the cost of a row's runs, to sort the rows of this table by."""
    return RawSQL(
        f"(SELECT sum(run.cost) FROM run WHERE run.{owner} = {table}.id)",
        (),
        output_field=DecimalField(),
    )
