"""What the URLs of usage and of its runs say: days, and which runs count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from assistants_app.domain.configurations.origins import ORIGINS
from assistants_app.domain.days import read_day
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import last_names_of_assistants
from assistants_app.queries.people.members import names_of_people
from assistants_app.queries.project.access import names_of_api_keys
from assistants_app.queries.project.usage import NOBODY, UsageFilter
from assistants_app.rendering.components.badges import origin_word
from assistants_app.services.acting import current_actor
from assistants_app.web.http import whole_number

USUAL_DAYS = (7, 30, 90)
SHOWN_DAYS = 30
MOST_DAYS = 366
SITE = "playground"  # in the query string, the runs without an API key
NO_PERSON = "none"  # in the query string, the runs that no person asked for


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `first` to `last`, both included. `errors` are messages about the URL's dates."""

    first: date
    last: date
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Links:
    """Links that keep the days and the filter of the page, except for what they change."""

    days: Range
    narrow: UsageFilter

    def query(self, **changed: Any) -> str:
        """Return a query string for this page, with some of its values changed."""
        key = self.narrow.key
        values = {
            "from": self.days.first.isoformat(),
            "until": self.days.last.isoformat(),
            "assistant": self.narrow.assistant,
            "model": self.narrow.model,
            "key": "" if key is None else key or SITE,
            "origin": self.narrow.origin,
            "person": chosen_person(self.narrow),
            **changed,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def errors(self, **changed: Any) -> str:
        return self.query(**changed, errors="1") + "#runs"

    def of(self, **changed: str) -> tuple[str, str]:
        """Return the links of a line: to its usage and to its errors."""
        return self.query(**changed), self.errors(**changed)

    def of_day(self, day: date) -> tuple[str, str]:
        return self.of(**{"from": day.isoformat(), "until": day.isoformat()})

    def period(self, count: int, today: date) -> tuple[int, str, bool]:
        """Return the number of days, the query string for them, and if they are shown now."""
        first = today - timedelta(days=count - 1)
        query = Links(Range(first, today, {}), self.narrow).query()
        return count, query, (self.days.first, self.days.last) == (first, today)


def parse_range(request: HttpRequest, project: Project) -> Range:
    """Return the days ``from`` and ``until``, or the last 30."""
    errors: dict[str, str] = {}
    given = request.GET
    until = _parse_day(given.get("until", ""), "until", errors) or project.today()
    since = _parse_day(given.get("from", ""), "from", errors)
    since = since or until - timedelta(days=SHOWN_DAYS - 1)
    if since > until:
        errors["from"] = _("The first day must not be after the last.")
        since = until
    if (until - since).days >= MOST_DAYS:
        errors["from"] = _("Choose a period of at most %(count)d days.") % {"count": MOST_DAYS}
        since = until - timedelta(days=MOST_DAYS - 1)
    return Range(since, until, errors)


def _parse_day(text: str, name: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = read_day(text)
    except ValueError:
        errors[name] = _("Enter a date such as 2026-01-31.")
        return None
    # Python's dates end with the years 1 and 9999. Keep a year on each side, because up to
    # MOST_DAYS are counted from this day.
    return min(max(day, date(2, 1, 1)), date(9998, 12, 31))


def parse_filter(request: HttpRequest) -> UsageFilter:
    """Return the filter ``assistant``, ``model``, ``key``, ``origin`` and ``person``."""
    names = ("assistant", "model", "key", "origin", "person")
    values = {name: request.GET.get(name, "") for name in names}
    key, person = values.pop("key"), values.pop("person")
    return UsageFilter(
        **values,
        key=None if not key else "" if key == SITE else key,
        person=_parse_person(person) if _sees_people() else None,
    )


def _parse_person(text: str) -> int | None:
    if text == NO_PERSON:
        return NOBODY
    return whole_number(text)


def _sees_people() -> bool:
    """Return whether the actor may see what single people use, as on the page of limits."""
    actor = current_actor()
    return actor is not None and actor.may("read_settings")


def chosen_key(narrow: UsageFilter) -> str | None:
    """Return the filter's key as in the query string, or None."""
    return narrow.key if narrow.key is None else narrow.key or SITE


def chosen_person(narrow: UsageFilter) -> str:
    """Return the filter's person as in the query string, or "" for all."""
    if narrow.person is None:
        return ""
    return str(narrow.person or NO_PERSON)


def who_choices(
    project: Project, narrow: UsageFilter, *, keys: Iterable[str], people: Iterable[int]
) -> dict[str, Any]:
    """Return the context of the choices by origin, by API key and by person.

    A choice is only shown to who may see it, and that of people only if there are several.
    """
    names, persons = key_names(project), names_by_person(people) or {}
    return {
        "origin_choices": [(origin, origin_word(origin)) for origin in ORIGINS],
        "key_choices": [(key or SITE, name_of_key(names, key)) for key in keys],
        "chosen_key": chosen_key(narrow),
        "shows_keys": names is not None,
        "person_choices": [(str(person or NO_PERSON), name) for person, name in persons.items()],
        "chosen_person": chosen_person(narrow),
        "shows_people": len(persons) > 1 or narrow.person is not None,
    }


def names_by_person(people: Iterable[int]) -> dict[int, str] | None:
    """Return the names of these people by ID, or None for who may not see what each one uses."""
    if not _sees_people():
        return None
    given = list(people)
    names = {NOBODY: _("No person"), **names_of_people(given)}
    return {person: names.get(person) or _("Deleted account") for person in given}


def key_names(project: Project) -> dict[str, str] | None:
    """Return the names of the project's API keys by id, or None for people who may not see them."""
    actor = current_actor()
    return names_of_api_keys(project) if actor and actor.may("read_keys") else None


def name_of_key(keys: Mapping[str, str] | None, key: str) -> str:
    """Return the name of a key, or only its kind if `keys` isn't given."""
    if not key:
        return _("No key (playground)")
    return _("API key") if keys is None else keys.get(key, key)


def labels_of_assistants(project: Project, assistant_ids: Iterable[str]) -> dict[str, str]:
    """Return a label for each assistant: its name, or its last one if it was deleted, with the end
    of its ID if others have the same name.
    """
    names = last_names_of_assistants(project, set(assistant_ids))
    shown = [item.name for item in names.values()]
    labels = {}
    for key, item in names.items():
        label = item.name or key
        if item.name and shown.count(item.name) > 1:
            label = f"{label} · …{key[-6:]}"
        labels[key] = _("%(name)s (deleted)") % {"name": label} if item.deleted else label
    return labels
