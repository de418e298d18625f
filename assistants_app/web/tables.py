"""What tables share: columns to sort by, and URLs that keep a table's filters."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from assistants_app.domain.lists import PageParams, Sort
from assistants_app.queries.pages import ids_until

_CURSORS = ("after", "before")
_PAGE_NUMBER = re.compile("(?!0+$)[0-9]{1,9}")  # as `http.whole_number` reads it
# What a page repeats of its address.
SHOWN_PARTS = 5
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `key` is its name in ``?sort=``, or "" if the table can't be sorted by it.

    `descends` says that a first click shows the largest values first, as for numbers and times.
    """

    label: str | Promise
    key: str = ""
    numeric: bool = False
    descends: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head. `order` is the value of aria-sort, or "" if the table isn't sorted by it."""

    column: Column
    order: str
    url: str


@dataclass(frozen=True, slots=True)
class TableState:
    """The state of a table that its URL has: the page's path, its filters, and its order."""

    path: str
    values: Mapping[str, str]
    sort: Sort
    default: Sort

    def url(self, **changed: str) -> str:
        """Return the URL of the table with some values changed. Empty ones are left out."""
        values = {**self.values, "sort": self.sort_text, **changed}
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{self.path}?{query}" if query else self.path

    @property
    def sort_text(self) -> str:
        """Return the order as in ``?sort=``, or "" if it's the usual one."""
        return "" if self.sort == self.default else _text_of(self.sort)

    def headings(self, columns: Sequence[Column]) -> list[Heading]:
        """Return the heads of the columns, with links that sort by them."""
        return [self._heading(column) for column in columns]

    def _heading(self, column: Column) -> Heading:
        is_sorted = column.key == self.sort.column
        descends = not self.sort.descending if is_sorted else column.descends
        wanted = Sort(column.key, descends)
        order = "descending" if self.sort.descending else "ascending"
        return Heading(
            column,
            order if is_sorted else "",
            self.url(sort="" if wanted == self.default else _text_of(wanted)),
        )


def _text_of(sort: Sort) -> str:
    return f"-{sort.column}" if sort.descending else sort.column


def sort_of(query: Mapping[str, str], columns: Sequence[Column], default: Sort) -> Sort:
    """Return the order in ``?sort=``, such as ``-cost``, or the usual one."""
    text = query.get("sort", "")
    wanted = Sort(text.removeprefix("-"), text.startswith("-"))
    known = {column.key for column in columns if column.key}
    return wanted if wanted.column in known else default


def cursors_of(query: Mapping[str, str], prefix: str, limit: int) -> PageParams:
    """Return the page of a list that ``after`` or ``before`` name, each an ID with this prefix.

    What is no such ID is passed over, as :func:`ignored_in` says on the page.
    """
    after, before = (
        value if _is_id(value := query.get(name, ""), prefix) else None for name in _CURSORS
    )
    return PageParams(limit=limit, after=after, before=before)


def ignored_in(
    query: Mapping[str, str],
    filters: Collection[str] = (),
    columns: Sequence[Column] = (),
    *,
    ids: str = "",
    refused: Collection[str] = (),
) -> str:
    """Return a sentence about what a table does not use of its page's address, or "".

    `filters` are the names of its filters, `columns` what it can be sorted by, and `ids` the prefix
    of what ``after`` and ``before`` may name. `refused` are filters with values that they can't
    have.
    """
    odd = []
    for name, value in query.items():
        if name == "sort" and columns:
            is_known = value.removeprefix("-") in {"", *(column.key for column in columns)}
        elif name == "page" and columns:
            is_known = not value or _PAGE_NUMBER.fullmatch(value) is not None
        elif name in _CURSORS and ids:
            is_known = not value or _is_id(value, ids)
        else:
            is_known = name in filters and name not in refused
        if not is_known:
            odd.append(f"{name}={value}"[:SHOWN_CHARACTERS])
    if not odd:
        return ""
    return _("This list can't use a part of its address: %(parts)s. Check how it is written.") % {
        "parts": ", ".join(odd[:SHOWN_PARTS])
    }


def _is_id(value: str, prefix: str) -> bool:
    # An ID of a row that was deleted still has a place among the others.
    return value.startswith(f"{prefix}_") and value.isascii() and len(value) <= SHOWN_CHARACTERS


def table_query(request: HttpRequest) -> str:
    """Return the query string of the table on the page that sent this request, with its "?"."""
    address = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    # The one query that does not come through `web/received.py`.
    query = urlsplit(address).query.replace("%00", "")
    return f"?{query}" if query else ""


def selected_ids(request: HttpRequest, found: "QuerySet[Any]") -> list[str]:
    """Return the IDs of the rows that a form of a table selects: those that it names, or all that
    the filter finds, up to the newest of them when the page was made.
    """
    newest = request.POST.get("all", "")
    return ids_until(found, newest) if newest else request.POST.getlist("id")
