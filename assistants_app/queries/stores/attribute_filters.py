"""Filters on attributes as SQL over the column `f.attributes`, all values as parameters."""

import json
from typing import Any

from assistants_app.domain.attribute_filters import AttributeFilter, Comparison, Compound, Value

Sql = tuple[str, list[Any]]

ORDERED = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def condition_of(filters: AttributeFilter | None) -> Sql:
    """A condition that is true or false and never null, and its parameters."""
    if filters is None:
        return "true", []
    if isinstance(filters, Compound):
        return _compound(filters)
    return _comparison(filters)


def _compound(filters: Compound) -> Sql:
    parts = [condition_of(item) for item in filters.filters]
    word = f" {filters.operator.upper()} "
    return f"({word.join(sql for sql, _ in parts)})", [one for _, some in parts for one in some]


def _comparison(filters: Comparison) -> Sql:
    operator, key, value = filters.operator, filters.key, filters.value
    if operator in ORDERED:
        assert not isinstance(value, tuple), "checked on the wire"
        return _ordered(ORDERED[operator], key, value)
    values = value if isinstance(value, tuple) else (value,)
    sql = "coalesce(f.attributes -> %s = ANY(%s::jsonb[]), false)"
    if operator in {"ne", "nin"}:
        sql = f"NOT {sql}"
    return sql, [key, [json.dumps(item) for item in values]]


def _ordered(sign: str, key: str, value: Value) -> Sql:
    """By size for numbers and by code points for texts; truths have no order."""
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
