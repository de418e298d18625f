"""Reads of forks: threads that were made from each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from assistants_app.domain.configurations.origins import LISTED
from assistants_app.models import Thread
from assistants_app.models.snapshots import BranchPoint
from assistants_app.queries.threads.branches import Parting, branch_points, partings_of
from assistants_app.queries.threads.threads import title_of

MOST_THREADS = 200  # of one family


@dataclass(frozen=True, slots=True)
class Branch:
    """A thread of a family. Depth 0 is the oldest one that still exists.

    `at`: the ID of the message where the branch begins, or "". It is the last copy in a fork, and
    the last copied message in an ancestor of the thread in question. `parting`: how the thread
    parts from the one it was forked from, or None.
    """

    thread: Thread
    depth: int
    title: str
    at: str = ""
    parting: Parting | None = None


def family_of(thread: Thread) -> list[Branch]:
    """Return the thread's ancestors and all their forks, at most `MOST_THREADS`.

    Each thread comes before its own forks, and forks are in the order of their creation.
    """
    threads = threads_of_family(thread)
    partings = partings_of([row for row, _ in threads])
    left_at = _left_at(thread, {row.id: row for row, _ in threads})
    family = []
    for row, depth in threads:
        parting = partings.get(row.id)
        at = left_at.get(row.id) or (parting.last_copy if parting else "")
        family.append(Branch(row, depth, title_of(row), at, parting))
    return family


def _left_at(thread: Thread, family: Mapping[str, Thread]) -> dict[str, str]:
    """Return where the thread branches off, by the ID of its ancestors."""
    left_at: dict[str, str] = {}
    while parent := family.get(thread.forked_from_id or ""):
        left_at[parent.id] = thread.forked_at_id or ""
        thread = parent
    return left_at


def threads_of_family(thread: Thread) -> list[tuple[Thread, int]]:
    """Return the thread's ancestors and all their forks with their depth, as :func:`family_of`."""
    known = {thread.id}
    oldest = thread
    while oldest.forked_from_id and len(known) < MOST_THREADS:
        rows = Thread.objects.filter(project_id=thread.project_id, pk=oldest.forked_from_id)
        parent = rows.first()
        if parent is None:
            break
        oldest = parent
        known.add(parent.id)
    # One query per level finds the forks, however many threads the level has.
    children: dict[str, list[Thread]] = {}
    level, count = [oldest.id], 1
    while level and count < MOST_THREADS:
        rows = Thread.objects.filter(
            # What comparisons and experiments fork isn't shown beside what people do, except on the
            # way to this thread.
            Q(origin__in=LISTED) | Q(pk__in=known),
            project_id=oldest.project_id,
            forked_from_id__in=level,
        )
        found = list(rows.order_by("pk")[: MOST_THREADS - count])
        for row in found:
            children.setdefault(str(row.forked_from_id), []).append(row)
        level, count = [row.id for row in found], count + len(found)
    family: list[tuple[Thread, int]] = []
    waiting = [(oldest, 0)]
    while waiting:
        row, depth = waiting.pop()
        family.append((row, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(row.id, []))]
    return family


def branches_of(thread: Thread) -> list[BranchPoint]:
    """Return the places where the thread and its forks part, in no particular order."""
    threads = threads_of_family(thread)
    return branch_points(thread, partings_of([row for row, _ in threads]).values())
