"""Reads of threads that were made from one another."""

from dataclasses import dataclass

from assistants_app.models import Thread
from assistants_app.queries.threads.threads import title_of

MOST = 200  # threads that one family shows


@dataclass(frozen=True, slots=True)
class Branch:
    """A thread of a family; `depth` 0 is the eldest that is still there."""

    thread: Thread
    depth: int
    title: str


def family_of(thread: Thread) -> list[Branch]:
    """The threads that this one was made from and that were made from those, each before its own
    branches, which are in the order of their making. At most `MOST`.
    """
    known = {thread.id}
    eldest = thread
    while eldest.forked_from_id and len(known) < MOST:
        rows = Thread.objects.filter(project_id=thread.project_id, pk=eldest.forked_from_id)
        parent = rows.first()
        if parent is None:
            break
        eldest = parent
        known.add(parent.id)
    return _with_branches(eldest)


def _with_branches(eldest: Thread) -> list[Branch]:
    children: dict[str, list[Thread]] = {}
    level, count = [eldest.id], 1
    while level and count < MOST:
        rows = Thread.objects.filter(project_id=eldest.project_id, forked_from_id__in=level)
        found = list(rows.order_by("pk")[: MOST - count])
        for row in found:
            children.setdefault(str(row.forked_from_id), []).append(row)
        level, count = [row.id for row in found], count + len(found)
    family: list[Branch] = []
    waiting = [(eldest, 0)]
    while waiting:
        thread, depth = waiting.pop()
        family.append(Branch(thread, depth, title_of(thread)))
        waiting += [(child, depth + 1) for child in reversed(children.get(thread.id, []))]
    return family
