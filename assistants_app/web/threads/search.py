"""The search form of the threads page, read from its URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from assistants_app.domain import run_status
from assistants_app.domain.filters import ThreadFilter

FIELDS = ("q", "assistant", "status", "tool", "metadata", "from", "until")


@dataclass(frozen=True, slots=True)
class ThreadSearch:
    """A search. `values` are the fields as they were filled in, `errors` are messages by field, and
    `narrow` is the filter, without the fields that have errors.
    """

    values: dict[str, str]
    narrow: ThreadFilter
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """Return the query string of this search, or "" if it includes all threads."""
        return urlencode({name: value for name, value in self.values.items() if value})


def thread_search(query: Mapping[str, str]) -> ThreadSearch:
    """Return the search in a URL or a form."""
    values = {name: query.get(name, "").replace("\0", "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    if values["status"] and values["status"] not in run_status.ALL:
        errors["status"] = _("Choose a run status from the list.")
    key, equals, value = values["metadata"].partition("=")
    if values["metadata"] and not (key.strip() and equals):
        errors["metadata"] = _("Enter a key and a value, such as customer=42.")
    narrow = ThreadFilter(
        text=values["q"],
        assistant_id=values["assistant"],
        status="" if "status" in errors else values["status"],
        tool=values["tool"],
        metadata={key.strip(): value.strip()} if equals and key.strip() else {},
        created_from=_parse_moment(values, "from", time.min, errors),
        created_until=_parse_moment(values, "until", time(23, 59, 59), errors),
    )
    return ThreadSearch(values, narrow, errors)


def _parse_moment(
    values: Mapping[str, str], name: str, at: time, errors: dict[str, str]
) -> datetime | None:
    if not values[name]:
        return None
    try:
        return datetime.combine(date.fromisoformat(values[name]), at, UTC)
    except ValueError:
        errors[name] = _("Enter a date such as 2026-01-31.")
        return None
