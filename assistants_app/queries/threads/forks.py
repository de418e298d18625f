"""Reads of forks: threads that were made from each other."""

from dataclasses import dataclass

from assistants_app.models import Thread
from assistants_app.queries.threads.threads import title_of

MOST_THREADS = 200  # of one family


@dataclass(frozen=True, slots=True)
class Branch:
    """A thread of a family. Depth 0 is the oldest one that still exists."""

    thread: Thread
    depth: int
    title: str


def family_of(thread: Thread) -> list[Branch]:
    """Return the thread's ancestors and all their forks, at most `MOST_THREADS`.

    Each thread comes before its own forks, and forks are in the order of their creation.
    """
    known = {thread.id}
    oldest = thread
    while oldest.forked_from_id and len(known) < MOST_THREADS:
        rows = Thread.objects.filter(project_id=thread.project_id, pk=oldest.forked_from_id)
        parent = rows.first()
        if parent is None:
            break
        oldest = parent
        known.add(parent.id)
    return _with_forks(oldest)


def _with_forks(oldest: Thread) -> list[Branch]:
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
    while waiting:
        thread, depth = waiting.pop()
        family.append(Branch(thread, depth, title_of(thread)))
        waiting += [(child, depth + 1) for child in reversed(children.get(thread.id, []))]
    return family
