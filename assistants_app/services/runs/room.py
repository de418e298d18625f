"""How many runs of a project, a key or a person can be queued or in progress at once."""

import time
from collections import Counter

from assistants_app import conf
from assistants_app.domain.money.limits import PROJECT, runs_error
from assistants_app.models import Project
from assistants_app.queries.runs.runs import count_unfinished, count_unfinished_of_callers
from assistants_app.services.money.checks import current_caller
from assistants_app.services.money.known_limits import limits_of

# Seconds for which a count is used. To count with each run would take a tenth of what a run costs.
# Meanwhile, only the runs of this process are added, so that several processes together can exceed
# the limit by what they accept in a second.
COUNTED_FOR = 1.0
RETRY_AFTER = 5  # seconds
FORGET_ABOVE = 10_000  # projects

_counted: dict[str, tuple[float, Counter[str]]] = {}


def require_room_for_run(project: Project) -> None:
    """Raise :class:`ApiError` with status 429 if the project has as many runs as it may have.

    The same goes for the API key and the person who act in it.
    """
    require_room_for_runs(project, 1)


def require_room_for_runs(project: Project, count: int) -> None:
    """Do the same as :func:`require_room_for_run` for several runs. All of them start, or none."""
    most = _most_of_subjects(project)
    counted_at, counts = _counted.get(project.id, (0.0, Counter[str]()))
    now = time.monotonic()
    if now - counted_at > COUNTED_FOR:
        counts = _count(project, by_caller=len(most) > 1)
        if len(_counted) > FORGET_ABOVE:
            _counted.clear()
        counted_at = now
    for subject, limit in most.items():
        if counts[subject] + count > limit:
            raise runs_error(
                subject,
                project.id,
                limit=limit,
                unfinished=counts[subject],
                more=count,
                wait=RETRY_AFTER,
            )
    counts.update(dict.fromkeys(current_caller().subjects(), count))
    _counted[project.id] = counted_at, counts


def _most_of_subjects(project: Project) -> dict[str, int]:
    most = {PROJECT: conf.RUNS_PER_PROJECT}
    if project.has_limits:
        limits = limits_of(project.id)
        for subject in current_caller().subjects():
            limit = limits.of(subject).runs_at_once
            if limit is not None:
                most[subject] = min(limit, most.get(subject, limit))
    return most


def _count(project: Project, *, by_caller: bool) -> Counter[str]:
    if not by_caller:
        return Counter({PROJECT: count_unfinished(project, most=conf.RUNS_PER_PROJECT)})
    counts: Counter[str] = Counter()
    for caller, count in count_unfinished_of_callers(project).items():
        for subject in caller.subjects():
            counts[subject] += count
    return counts
