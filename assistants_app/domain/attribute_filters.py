"""Conditions on the attributes of a vector store's files."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = str | bool | int | float
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute against a value, or against a list of them for ``in`` and ``nin``.

    Values of different kinds (text, number, truth) are never equal and have no order. ``ne`` and
    ``nin`` are the opposites of ``eq`` and ``in``, so files without the attribute fulfil them.
    """

    operator: Operator
    key: str
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compound:
    """All of the conditions (``and``), or at least one (``or``)."""

    operator: Literal["and", "or"]
    filters: "tuple[AttributeFilter, ...]"


AttributeFilter: TypeAlias = Comparison | Compound
