"""Pages of rows by id, as fast at the end of a million rows as at the start."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from assistants_app.domain.lists import PageParams

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """At most `limit` rows in the requested order, and whether more follow."""

    items: list[Row]
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
