"""Filters on the attributes of a vector store's files."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = str | bool | int | float
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of one attribute with a value, or with several for ``in`` and ``nin``.

    Values of different kinds (text, number, boolean) are never equal and have no order. ``ne`` and
    ``nin`` are the opposites of ``eq`` and ``in``, so they match files without the attribute.
    """

    operator: Operator
    key: str
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compound:
    """A filter that matches if all of its filters do (``and``), or at least one (``or``)."""

    operator: Literal["and", "or"]
    filters: "tuple[AttributeFilter, ...]"


AttributeFilter: TypeAlias = Comparison | Compound
