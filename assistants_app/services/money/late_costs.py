"""Give a cost to what has none yet, in batches.

That is what ended before costs were stored, what a process of the version before has ended during
an upgrade, and what was asked of a model that had no price. All get the price of today, once.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Json

from assistants_app.domain import run_status
from assistants_app.domain.money.prices import NONE, SET, UNUSED, Place, Tariff, tariff_of
from assistants_app.gateway.endpoints import endpoint_for
from assistants_app.gateway.prices import place_of_endpoint
from assistants_app.models import ModelPrice
from assistants_app.queries.project.prices import dated_prices

TABLES = ("run", "direct_call")
_ENDED = ", ".join(f"'{status}'" for status in run_status.TERMINAL)


def settle(table: str, *, limit: int) -> int:
    """Give up to `limit` rows of a table their cost. Return their number."""
    with transaction.atomic(durable=True):
        groups = _take(table, limit)
        for (project_id, model), ids in groups.items():
            _settle(table, ids, _tariff_now(project_id, model))
    return sum(len(ids) for ids in groups.values())


def apply_new_prices(*, limit: int) -> int:
    """Let up to `limit` rows without a price, of models that have got one, be settled again.

    Return their number.
    """
    reopened = 0
    for price in ModelPrice.objects.filter(is_applied=False).order_by("pk"):
        count = sum(_reopen(table, price, limit) for table in TABLES)
        reopened += count
        if count < limit:
            # Unless somebody has changed it meanwhile.
            same = {"prompt": price.prompt, "cached": price.cached, "completion": price.completion}
            ModelPrice.objects.filter(pk=price.pk, **same).update(is_applied=True)
    return reopened


def _take(table: str, limit: int) -> dict[tuple[str, str], list[str | int]]:
    # With the words of the partial index, so that it is used. Other workers take other rows.
    groups: dict[tuple[str, str], list[str | int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT project_id, model, id FROM {table} WHERE cost_origin = ''{_ended(table)}"
            " LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            [limit],
        )
        for project_id, model, row_id in cursor.fetchall():
            groups.setdefault((project_id, model), []).append(row_id)
    return groups


def _ended(table: str) -> str:
    return f" AND status IN ({_ENDED})" if table == "run" else ""


def _tariff_now(project_id: str, model: str) -> Tariff:
    prices, today = dated_prices(project_id), datetime.now(UTC).date()
    # It isn't known which endpoint answered, so it's the one that would answer today.
    tariff = tariff_of(prices, place=Place(), model=model, day=today)
    if tariff.origin == SET:
        return tariff
    endpoint = endpoint_for(project_id=project_id, model=model)
    place = place_of_endpoint(endpoint) if endpoint else Place()
    return tariff_of(prices, place=place, model=model, day=today)


def _settle(table: str, ids: Iterable[str | int], tariff: Tariff) -> None:
    price = tariff.price
    values: list[Any] = (
        [price.prompt, price.cached, price.completion] if price else [None, None, None]
    )
    values += [tariff.origin, Json(price.texts()) if price else None, list(ids)]
    with connection.cursor() as cursor:
        cursor.execute(_update(table), values)


@cache
def _update(table: str) -> str:
    return f"""
        UPDATE {table} SET
            cost = CASE WHEN tokens > 0 THEN by_price ELSE 0 END,
            cost_origin = CASE WHEN tokens = 0 THEN '{UNUSED}' ELSE tariff_origin END,
            price = CASE WHEN tokens > 0 THEN texts END,
            cost_estimated = tokens > 0 AND by_price IS NOT NULL
        FROM (
            SELECT id AS used_id, prompt + completion AS tokens, tariff_origin, texts,
                ((prompt - cached) * prompt_price + cached * cached_price
                    + completion * completion_price) / 1000000 AS by_price
            FROM (
                SELECT id, coalesce((usage ->> 'prompt_tokens')::bigint, 0) AS prompt,
                    least(coalesce((usage ->> 'cached_tokens')::bigint, 0),
                        coalesce((usage ->> 'prompt_tokens')::bigint, 0)) AS cached,
                    coalesce((usage ->> 'completion_tokens')::bigint, 0) AS completion,
                    %s::numeric AS prompt_price, %s::numeric AS cached_price,
                    %s::numeric AS completion_price, %s AS tariff_origin, %s::json AS texts
                FROM {table} WHERE id = ANY(%s)
            ) counted
        ) costs
        WHERE id = used_id
    """


def _reopen(table: str, price: ModelPrice, limit: int) -> int:
    with connection.cursor() as cursor:
        # An array, because a plan may carry out a subquery with LIMIT several times.
        cursor.execute(
            f"UPDATE {table} SET cost_origin = '' WHERE id = ANY(ARRAY("
            f"SELECT id FROM {table} WHERE cost_origin = '{NONE}'{_ended(table)}"
            " AND project_id = %s AND model = %s LIMIT %s FOR NO KEY UPDATE SKIP LOCKED))",
            [price.project_id, price.model, limit],
        )
        return int(cursor.rowcount)
