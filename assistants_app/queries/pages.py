"""Pages of rows by id, as fast at the end of a million rows as at the start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, F, Max, Model, OrderBy, QuerySet

from assistants_app.domain.lists import PageParams, Sort

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """At most `limit` rows in the requested order, and whether more follow."""

    items: list[Item]
    has_more: bool


def read_page(rows: QuerySet[Row], page: PageParams) -> Page[Row]:
    """Return one page of the rows.

    A cursor may be the id of a deleted row, because ids are ordered by time.
    """
    descending = page.order == "desc"
    if page.after:
        rows = rows.filter(**{"pk__lt" if descending else "pk__gt": page.after})
    if page.before:
        rows = rows.filter(**{"pk__gt" if descending else "pk__lt": page.before})
    # The page before a cursor is read from the cursor on, then reversed.
    backwards = bool(page.before) and not page.after
    rows = rows.order_by("-pk" if descending != backwards else "pk")
    # One more row shows whether another page follows, without counting the rest.
    found = list(rows[: page.limit + 1])
    items = found[: page.limit]
    if backwards:
        items.reverse()
    return Page(items, has_more=len(found) > page.limit)


def read_numbered_page(rows: QuerySet[Row], number: int, limit: int) -> Page[Row]:
    """Return a page, counted from 1, of rows in an order that isn't that of their ids."""
    # Each page reads the rows before it, too. That's what an order by sums costs in any case.
    start = (max(number, 1) - 1) * limit
    found = list(rows[start : start + limit + 1])
    return Page(found[:limit], has_more=len(found) > limit)


def order_of(sort: Sort, sorts: Mapping[str, Any]) -> tuple[OrderBy, OrderBy]:
    """Return the order of a table by one of `sorts`: expressions by the names of columns.

    Rows without a value come last, which no row is in a column that is an `F`. Of equal rows, the
    newest comes first.
    """
    value = sorts[sort.column]
    # An index has the order of its column only without the clause.
    nulls = None if isinstance(value, F) else True
    ordered: OrderBy = (value.desc if sort.descending else value.asc)(nulls_last=nulls)
    return ordered, F("pk").desc()


@dataclass(frozen=True, slots=True)
class Size:
    """The number of the rows that a filter finds, and the ID of the newest of them, or ""."""

    count: int
    newest: str


def size_of(rows: QuerySet[Any]) -> Size:
    found = rows.order_by().aggregate(count=Count("pk"), newest=Max("pk"))
    return Size(found["count"], found["newest"] or "")


def ids_until(rows: QuerySet[Any], newest: str) -> list[str]:
    """Return the IDs of the rows up to this one, so not of those that were added since."""
    return list(rows.filter(pk__lte=newest).order_by("-pk").values_list("pk", flat=True))
