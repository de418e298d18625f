"""The activity page: what people did that changes access or can't be undone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app import conf
from assistants_app.domain.days import read_day, start_of
from assistants_app.domain.lists import PageParams
from assistants_app.models import AuditEntry, Project
from assistants_app.models.people.audit import KEY, USER
from assistants_app.queries.pages import Page
from assistants_app.queries.people.audit import (
    AuditFilter,
    actors_in_audit,
    each_entry,
    list_entries,
    verbs_in_audit,
)
from assistants_app.rendering.text.json_lines import json_line
from assistants_app.services.people.exports import note_export
from assistants_app.web.http import download, project_view
from assistants_app.web.people.activity_words import target_words, verb_words
from assistants_app.web.tables import cursors_of, ignored_in

PAGE = 50
LINES_AT_ONCE = 500
FILTERS = ("person", "verb", "target", "from", "until")
SYSTEM = "system"  # in the query string, what nobody asked for
# IDs, which begin with their time, can't say others (`domain/ids.py`).
YEARS = (date(1970, 1, 2), date(2397, 12, 31))


@dataclass(frozen=True, slots=True)
class _Search:
    """The filter in the query string. `errors` are messages about its dates."""

    values: dict[str, str]
    narrow: AuditFilter
    errors: dict[str, str]

    def query(self, **more: str) -> str:
        given = {name: value for name, value in {**self.values, **more}.items() if value}
        return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True, slots=True)
class _Line:
    entry: AuditEntry
    who: str
    is_key: bool
    did: str
    what: str  # the type of the target, if the verb doesn't say it
    details: str
    target_query: str


@project_view("GET", verb="read_audit")
def activity(request: HttpRequest, project: Project) -> HttpResponse:
    """List the activity, newest first, that the filter in the query string finds."""
    search = _read_search(request, project)
    page = cursors_of(request.GET, "audit", PAGE)
    found = list_entries(project, search.narrow, page)
    context = {
        "project": project,
        "section": "settings",
        "lines": [_line(entry) for entry in found.items],
        "values": search.values,
        "errors": search.errors,
        "filtered": any(search.values.values()),
        "ignored": ignored_in(request.GET, FILTERS, ids="audit"),
        "people": _people(project),
        "verbs": sorted(
            ((verb, verb_words(verb)) for verb in verbs_in_audit(project)), key=lambda it: it[1]
        ),
        "days": conf.AUDIT_DAYS,
        "ndjson": reverse("activity_ndjson", args=[project.id]) + search.query(),
        **_neighbours(search, page, found),
    }
    return render(request, "people/activity.html", context)


@project_view("GET", verb="read_audit")
def activity_ndjson(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the activity that the filter finds, one JSON object per line."""
    search = _read_search(request, project)
    note_export(project=project, kind="activity")
    name = f"activity-{project.today().isoformat()}.ndjson"
    return download(_ndjson(project, search.narrow), name, "application/x-ndjson")


def _read_search(request: HttpRequest, project: Project) -> _Search:
    values = {name: request.GET.get(name, "").strip() for name in FILTERS}
    errors: dict[str, str] = {}
    first = _parse_day(values["from"], "from", errors)
    last = _parse_day(values["until"], "until", errors)
    person = values["person"]
    narrow = AuditFilter(
        actor=None if not person else "" if person == SYSTEM else person,
        verb=values["verb"],
        target=values["target"],
        since=start_of(first, project.zone) if first else None,
        until=start_of(last + timedelta(days=1), project.zone) if last else None,
    )
    return _Search(values, narrow, errors)


def _parse_day(text: str, name: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = read_day(text)
    except ValueError:
        errors[name] = _("Enter a date such as 2026-01-31.")
        return None
    return min(max(day, YEARS[0]), YEARS[1])


def _people(project: Project) -> list[tuple[str, str]]:
    found = actors_in_audit(project)
    named = [(actor or SYSTEM, _name(actor, name)) for actor, name in found.items()]
    return sorted(named, key=lambda item: item[1].lower())


def _name(actor: str, name: str) -> str:
    return (name or actor) if actor else _("System")


def _line(entry: AuditEntry) -> _Line:
    did, kind = verb_words(entry.verb), target_words(entry.target_type)
    return _Line(
        entry=entry,
        who=_name(entry.actor, entry.actor_name),
        is_key=entry.actor.startswith(KEY),
        did=did,
        what="" if kind in did else kind,
        details=" · ".join(f"{name}: {_plain(value)}" for name, value in entry.details.items()),
        target_query=_target_query(entry),
    )


def _target_query(entry: AuditEntry) -> str:
    target = entry.target_id or entry.target_name
    return f"?{urlencode({'target': target})}" if target else ""


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _neighbours(search: _Search, page: PageParams, found: Page[AuditEntry]) -> dict[str, str]:
    """Return the URLs of the pages with newer and older entries, or ""."""
    if not found.items:
        return {"previous": "", "next": ""}
    # `has_more` counts in the direction of travel: on the way back, it is about newer entries.
    backwards = page.before is not None and page.after is None
    newer = found.has_more if backwards else page.after is not None
    older = backwards or found.has_more
    return {
        "previous": search.query(before=found.items[0].pk) if newer else "",
        "next": search.query(after=found.items[-1].pk) if older else "",
    }


def _ndjson(project: Project, narrow: AuditFilter) -> Iterator[str]:
    entries = each_entry(project, narrow)
    # Many at once, because each piece of a download is made in a thread of its own.
    while lines := [_json_line(entry) for entry in islice(entries, LINES_AT_ONCE)]:
        yield "".join(lines)


def _json_line(entry: AuditEntry) -> str:
    document = {
        "id": entry.pk,
        "created_at": entry.created_at.astimezone(UTC).isoformat(),
        "project_id": entry.project_id,
        "actor": _actor_object(entry),
        "verb": entry.verb,
        "target": {
            "type": entry.target_type,
            "id": entry.target_id,
            "name": entry.target_name,
        },
        "details": entry.details,
        "address": entry.address,
    }
    return json_line(document) + "\n"


def _actor_object(entry: AuditEntry) -> dict[str, Any]:
    if entry.actor.startswith(USER):
        user_id = int(entry.actor.removeprefix(USER))
        return {"type": "user", "id": user_id, "name": entry.actor_name}
    if entry.actor.startswith(KEY):
        key_id = entry.actor.removeprefix(KEY)
        return {"type": "api_key", "id": key_id, "name": entry.actor_name}
    return {"type": "system"}
