"""Turn filters on attributes into SQL on the column `f.attributes`, with values as parameters."""

import json
from typing import Any

from assistants_app.domain.searches.attribute_filters import (
    AttributeFilter,
    Comparison,
    Compound,
    Value,
)

Sql = tuple[str, list[Any]]

ORDERED = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def condition_of(filters: AttributeFilter | None) -> Sql:
    """Return the filter's SQL condition and its parameters. It is never null."""
    if filters is None:
        return "true", []
    if isinstance(filters, Compound):
        return _compound_condition(filters)
    return _comparison_condition(filters)


def _compound_condition(filters: Compound) -> Sql:
    parts = [condition_of(item) for item in filters.filters]
    word = f" {filters.operator.upper()} "
    return f"({word.join(sql for sql, _ in parts)})", [one for _, some in parts for one in some]


def _comparison_condition(filters: Comparison) -> Sql:
    operator, key, value = filters.operator, filters.key, filters.value
    if operator in ORDERED:
        assert not isinstance(value, tuple), "checked on the wire"
        return _order_condition(ORDERED[operator], key, value)
    values = value if isinstance(value, tuple) else (value,)
    # As JSON, so that the string "1" doesn't equal the number 1. A file without the attribute gives
    # null, which would be lost under NOT: it must match `ne` and `nin`.
    sql = "coalesce(f.attributes -> %s = ANY(%s::jsonb[]), false)"
    if operator in {"ne", "nin"}:
        sql = f"NOT {sql}"
    return sql, [key, [json.dumps(item) for item in values]]


def _order_condition(sign: str, key: str, value: Value) -> Sql:
    # Strings are compared by code point ("C"), so that dates such as 2024-05-01 are in order.
    # Booleans have no order.
    if isinstance(value, bool):
        return "false", []
    if isinstance(value, str):
        kind, left = "string", '(f.attributes ->> %s) COLLATE "C"'
        right = "%s"
    else:
        kind, left, right = "number", "(f.attributes ->> %s)::numeric", "%s::numeric"
    sql = (
        f"CASE WHEN jsonb_typeof(f.attributes -> %s) = '{kind}'"
        f" THEN {left} {sign} {right} ELSE false END"
    )
    return sql, [key, key, str(value)]
