"""The search form of the threads page, read from its URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import ANY_ORIGIN, OF_THREADS, origins_named
from assistants_app.domain.days import read_day, starts_of
from assistants_app.domain.lists import ThreadFilter
from assistants_app.models import Project
from assistants_app.models.people.ratings import DOWN, UP

FIELDS = ("q", "assistant", "status", "tool", "rating", "origin", "metadata", "from", "until")

RATINGS = {"up": UP, "down": DOWN}


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


def thread_search(project: Project, query: Mapping[str, str]) -> ThreadSearch:
    """Return the search that a URL or a form asks for. Its days are the project's."""
    values = {name: query.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    if values["status"] and values["status"] not in run_status.ALL:
        errors["status"] = _("Choose a run status from the list.")
    if values["rating"] and values["rating"] not in RATINGS:
        errors["rating"] = _("Choose a rating from the list.")
    if values["origin"] and values["origin"] not in (*OF_THREADS, ANY_ORIGIN):
        errors["origin"] = _("Choose an origin from the list.")
    key, equals, value = values["metadata"].partition("=")
    if values["metadata"] and not (key.strip() and equals):
        errors["metadata"] = _("Enter a key and a value, such as customer=42.")
    since, _end = _day(project, values, "from", errors)
    _start, until = _day(project, values, "until", errors)
    narrow = ThreadFilter(
        text=values["q"],
        typed=True,
        assistant_id=values["assistant"],
        status="" if "status" in errors else values["status"],
        tool=values["tool"],
        rating=RATINGS.get(values["rating"], 0),
        metadata={key.strip(): value.strip()} if equals and key.strip() else {},
        created_from=since,
        created_until=until,
        origins=origins_named("" if "origin" in errors else values["origin"]),
    )
    return ThreadSearch(values, narrow, errors)


def _day(
    project: Project, values: Mapping[str, str], name: str, errors: dict[str, str]
) -> tuple[datetime, datetime] | tuple[None, None]:
    """Return the first and the last second of the day in a field."""
    if not values[name]:
        return None, None
    try:
        day = read_day(values[name])
        start, end = starts_of(day, day, project.zone)
        return start, end - timedelta(seconds=1)
    # The first and the last days of the calendar are not in every zone.
    except (ValueError, OverflowError):
        errors[name] = _("Enter a date such as 2026-01-31.")
        return None, None
