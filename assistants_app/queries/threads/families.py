"""Families of threads: a thread with its forks, and with theirs, as one row of a list."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from assistants_app.domain.configurations.origins import LISTED
from assistants_app.domain.lists import PageParams
from assistants_app.models import Project, Thread
from assistants_app.queries.pages import read_page
from assistants_app.queries.sealing import without_sealed
from assistants_app.queries.threads.threads import (
    RecentThread,
    matching_text,
    recent_of,
    with_beginnings,
)

MOST_PAGES = 5  # that are read until there are enough rows
# A cleared thread has an origin as well, but none of its messages, so it begins a family.
# Threads of comparisons and experiments belong to no family: there may be thousands.
_FORKS = Thread.objects.filter(
    project=OuterRef("project"),
    forked_from_id=OuterRef("pk"),
    forked_at_id__isnull=False,
    origin__in=LISTED,
)
# First up to the oldest thread of each family, then down to all others.
_FAMILIES = """
WITH RECURSIVE up AS (
    SELECT id, forked_from_id, forked_at_id FROM thread WHERE id = ANY(%(ids)s)
    UNION
    SELECT thread.id, thread.forked_from_id, thread.forked_at_id
    FROM up JOIN thread ON thread.id = up.forked_from_id
    WHERE thread.project_id = %(project)s AND thread.origin = ANY(%(origins)s)
        AND up.forked_at_id IS NOT NULL
), down AS (
    SELECT id AS oldest, id FROM up
    WHERE forked_at_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM thread
        WHERE thread.id = up.forked_from_id AND thread.project_id = %(project)s
            AND thread.origin = ANY(%(origins)s)
    )
    UNION
    SELECT down.oldest, thread.id
    FROM down JOIN thread ON thread.forked_from_id = down.id
    WHERE thread.project_id = %(project)s AND thread.origin = ANY(%(origins)s)
        AND thread.forked_at_id IS NOT NULL
)
SELECT array_agg(id ORDER BY id) FROM down GROUP BY oldest
"""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of threads by its newest one. `members` are the IDs of all, oldest first."""

    newest: RecentThread
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Families:
    """Families, newest first, and the thread after which others follow, or ""."""

    items: list[Family]
    after: str


def recent_families(
    project: Project, *, text: str = "", after: str = "", limit: int = 20
) -> Families:
    """Return families by their newest threads, or by those older than `after`.

    With a `text`, they are by the newest that have its words in a message, or all of it in their
    title.
    """
    rows = matching_text(project, text)
    if not text:
        rows = rows.exclude(Exists(_FORKS))  # the newest of a family has none
    items: list[Family] = []
    for _page in range(MOST_PAGES):
        page = read_page(with_beginnings(rows), PageParams(limit=limit, after=after or None))
        items += _by_newest(project, page.items, rows if text else None)
        after = page.items[-1].id if page.has_more else ""
        if not after or len(items) >= limit:
            break
    return Families(items, after)


def recent_family(project: Project, thread_id: str) -> list[Family]:
    """Return the thread's family in a list, empty if the thread is sealed or doesn't exist."""
    members = families_of(project, [thread_id]).get(thread_id, (thread_id,))
    there = without_sealed(Thread.objects.filter(project=project, pk__in=members), "pk")
    rows = with_beginnings(there)
    return [Family(recent_of(row), members) for row in rows.order_by("-pk")[:1]]


def _by_newest(
    project: Project, threads: Collection[Thread], listed: QuerySet[Thread] | None
) -> list[Family]:
    """Return the families whose newest thread, or newest of those `listed`, is among `threads`."""
    # Unless the rows are narrowed, a thread that is no fork has none either.
    may_have_others = [thread.id for thread in threads if thread.forked_at_id or listed is not None]
    families = families_of(project, may_have_others) if may_have_others else {}
    shown = {member for members in families.values() for member in members}
    if shown and listed is not None:
        shown = set(listed.filter(pk__in=shown).values_list("pk", flat=True))
    found = []
    for thread in threads:
        members = families.get(thread.id, (thread.id,))
        if not any(member > thread.id and member in shown for member in members):
            found.append(Family(recent_of(thread), members))
    return found


def families_of(project: Project, thread_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the members of the threads' families, oldest first, by the ID of each member."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FAMILIES,
            {"ids": list(thread_ids), "project": project.id, "origins": list(LISTED)},
        )
        families = [tuple(members) for (members,) in cursor.fetchall()]
    return {member: family for family in families for member in family}
