"""Reads of forks: threads that were made from each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from assistants_app.models import Message, Thread
from assistants_app.queries.threads.threads import title_of

MOST_THREADS = 200  # of one family


@dataclass(frozen=True, slots=True)
class Branch:
    """A thread of a family. Depth 0 is the oldest one that still exists.

    `at`: the ID of the message where the branch begins, or "". It is the last copy in a fork, and
    the last copied message in an ancestor of the thread in question.
    """

    thread: Thread
    depth: int
    title: str
    at: str = ""


def family_of(thread: Thread) -> list[Branch]:
    """Return the thread's ancestors and all their forks, at most `MOST_THREADS`.

    Each thread comes before its own forks, and forks are in the order of their creation.
    """
    known = {thread.id}
    left_at: dict[str, str] = {}  # where the thread in question branches off, by ancestor
    oldest = thread
    while oldest.forked_from_id and len(known) < MOST_THREADS:
        rows = Thread.objects.filter(project_id=thread.project_id, pk=oldest.forked_from_id)
        parent = rows.first()
        if parent is None:
            break
        left_at[parent.id] = oldest.forked_at_id or ""
        oldest = parent
        known.add(parent.id)
    return _with_forks(oldest, left_at)


def _with_forks(oldest: Thread, left_at: Mapping[str, str]) -> list[Branch]:
    # One query per level finds the forks, however many threads the level has.
    children: dict[str, list[Thread]] = {}
    level, count = [oldest.id], 1
    while level and count < MOST_THREADS:
        rows = Thread.objects.filter(project_id=oldest.project_id, forked_from_id__in=level)
        found = list(rows.order_by("pk")[: MOST_THREADS - count])
        for row in found:
            children.setdefault(str(row.forked_from_id), []).append(row)
        level, count = [row.id for row in found], count + len(found)
    family: list[Branch] = []
    waiting = [(oldest, 0)]
    begins = _last_copies([row.id for rows in children.values() for row in rows])
    while waiting:
        thread, depth = waiting.pop()
        at = left_at.get(thread.id) or begins.get(thread.id) or ""
        family.append(Branch(thread, depth, title_of(thread), at))
        waiting += [(child, depth + 1) for child in reversed(children.get(thread.id, []))]
    return family


def _last_copies(fork_ids: list[str]) -> dict[str, str | None]:
    # Copies are as old as their originals, so they are older than the fork.
    copies = Message.objects.filter(thread=OuterRef("pk"), created_at__lte=OuterRef("created_at"))
    last = Subquery(copies.order_by("-pk").values("pk")[:1])
    return dict(Thread.objects.filter(pk__in=fork_ids).values_list("pk", last))
