"""Keyset pages by id: as quick on the last page of a million rows as on the first."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from assistants_app.domain.pages import PageParams

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """At most `limit` rows in the order that was asked for, and whether there are more."""

    items: list[Row]
    has_more: bool


def read_page(rows: QuerySet[Row], page: PageParams) -> Page[Row]:
    """One page of `rows`. A cursor need not exist any more: ids order the rows by themselves."""
    descending = page.order == "desc"
    if page.after:
        rows = rows.filter(**{"pk__lt" if descending else "pk__gt": page.after})
    if page.before:
        rows = rows.filter(**{"pk__gt" if descending else "pk__lt": page.before})
    backwards = bool(page.before) and not page.after
    rows = rows.order_by("-pk" if descending != backwards else "pk")
    found = list(rows[: page.limit + 1])
    items = found[: page.limit]
    if backwards:
        items.reverse()
    return Page(items, has_more=len(found) > page.limit)
