"""Reads of the audit, as fast in a million entries as in a hundred."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from assistants_app.domain.ids import key_of
from assistants_app.domain.lists import PageParams
from assistants_app.models import AuditEntry, Project
from assistants_app.queries.pages import Page, read_page

EXPORTED_AT_ONCE = 1000
MOST_CHOICES = 200
_ID = re.compile(r"[a-z]+[_-][0-9A-Za-z]{16,}")

# The distinct values of an index's column, each found by one look at the index (a "loose index
# scan"). DISTINCT would read every entry.
_VERBS = """
WITH RECURSIVE found AS (
    (SELECT verb FROM audit_entry WHERE project_id = %(project)s ORDER BY verb LIMIT 1)
    UNION ALL
    SELECT (SELECT verb FROM audit_entry WHERE project_id = %(project)s AND verb > found.verb
        ORDER BY verb LIMIT 1)
    FROM found WHERE found.verb IS NOT NULL
)
SELECT verb FROM found WHERE verb IS NOT NULL LIMIT %(most)s
"""
# With the newest name of each.
_ACTORS = """
WITH RECURSIVE found AS (
    (SELECT actor FROM audit_entry WHERE project_id = %(project)s ORDER BY actor LIMIT 1)
    UNION ALL
    SELECT (SELECT actor FROM audit_entry WHERE project_id = %(project)s AND actor > found.actor
        ORDER BY actor LIMIT 1)
    FROM found WHERE found.actor IS NOT NULL
)
SELECT found.actor, newest.actor_name FROM found CROSS JOIN LATERAL (
    SELECT actor_name FROM audit_entry entry
    WHERE entry.project_id = %(project)s AND entry.actor = found.actor ORDER BY id DESC LIMIT 1
) newest WHERE found.actor IS NOT NULL LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """A filter that matches entries which meet all of its conditions. Empty ones don't count.

    `actor` is None for everybody and "" for the system. `target` is the ID or the whole name of
    what an act was about. `until` is exclusive.
    """

    actor: str | None = None
    verb: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


def list_entries(project: Project, narrow: AuditFilter, page: PageParams) -> Page[AuditEntry]:
    """Return a page of the project's entries."""
    return read_page(_matching(project, narrow), page)


def each_entry(project: Project, narrow: AuditFilter) -> Iterator[AuditEntry]:
    """Yield the project's entries, newest first. Reads them in parts, so that none waits long."""
    rows = _matching(project, narrow).order_by("-pk")
    part = list(rows[:EXPORTED_AT_ONCE])
    while part:
        yield from part
        part = list(rows.filter(pk__lt=part[-1].pk)[:EXPORTED_AT_ONCE])


def verbs_in_audit(project: Project) -> list[str]:
    """Return the verbs that the project's entries have."""
    with connection.cursor() as cursor:
        cursor.execute(_VERBS, {"project": project.pk, "most": MOST_CHOICES})
        return [verb for (verb,) in cursor.fetchall()]


def actors_in_audit(project: Project) -> dict[str, str]:
    """Return the names of those who acted, by `AuditEntry.actor`."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTORS, {"project": project.pk, "most": MOST_CHOICES})
        return dict(cursor.fetchall())


def _matching(project: Project, narrow: AuditFilter) -> "QuerySet[AuditEntry]":
    rows = AuditEntry.objects.filter(project_id=project.pk)
    if narrow.actor is not None:
        rows = rows.filter(actor=narrow.actor)
    if narrow.verb:
        rows = rows.filter(verb=narrow.verb)
    if narrow.target:
        # One of both, because an OR would need to sort what two indexes find.
        column = "target_id" if _ID.fullmatch(narrow.target) else "target_name"
        rows = rows.filter(**{column: narrow.target})
    # Ids begin with their time, so that times are bounds of the same index.
    if narrow.since:
        rows = rows.filter(pk__gte=f"audit_{key_of(narrow.since)}")
    if narrow.until:
        rows = rows.filter(pk__lt=f"audit_{key_of(narrow.until)}")
    return rows
