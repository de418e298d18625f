"""The cost of runs, calculated by PostgreSQL from their tokens and the project's prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db import connection
from django.db.models import DecimalField
from django.db.models.expressions import RawSQL

# `cached` can't exceed `prompt`, whatever a provider reports: the cost would become negative.
COUNTED = """
    CROSS JOIN LATERAL (
        SELECT coalesce((run.usage ->> 'prompt_tokens')::bigint, 0) AS prompt,
            least(coalesce((run.usage ->> 'cached_tokens')::bigint, 0),
                coalesce((run.usage ->> 'prompt_tokens')::bigint, 0)) AS cached,
            coalesce((run.usage ->> 'completion_tokens')::bigint, 0) AS completion,
            coalesce((run.usage ->> 'estimated')::bigint, 0) > 0 AS estimated
    ) counted
    LEFT JOIN model_price price ON price.project_id = run.project_id AND price.model = run.model
"""
COST = """((counted.prompt - counted.cached) * price.prompt + counted.cached * price.cached
            + counted.completion * price.completion) / 1000000"""
UNPRICED = "price.id IS NULL AND counted.prompt + counted.completion > 0"

Owner = Literal["thread_id", "assistant_id"]


@dataclass(frozen=True, slots=True)
class RunCost:
    """The cost of some runs in dollars, or None if no model has a price.

    `unpriced` says that some have none.
    """

    cost: Decimal | None = None
    unpriced: bool = False


NO_COST = RunCost()


def costs_of(owner: Owner, ids: Sequence[str]) -> dict[str, RunCost]:
    """Return the cost of the runs of each thread or assistant that has runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT run.{owner}, sum({COST}), bool_or({UNPRICED}) FROM run {COUNTED}"
            f" WHERE run.{owner} = ANY(%s) GROUP BY 1",
            [list(ids)],
        )
        return {key: RunCost(cost, bool(unpriced)) for key, cost, unpriced in cursor.fetchall()}


def cost_order(owner: Owner, table: Literal["thread", "assistant"]) -> RawSQL:
    """Return the cost of a row's runs, to sort the rows of this table by."""
    return RawSQL(
        f"(SELECT sum({COST}) FROM run {COUNTED} WHERE run.{owner} = {table}.id)",
        (),
        output_field=DecimalField(),
    )
