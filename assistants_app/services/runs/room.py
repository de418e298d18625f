"""How many runs of one project can be queued or in progress at once."""

import time

from assistants_app import conf
from assistants_app.domain.errors import ApiError
from assistants_app.models import Project
from assistants_app.queries.runs.runs import count_unfinished

# Seconds for which a count is used. To count with each run would take a tenth of what a run costs.
# Meanwhile, only the runs of this process are added, so that several processes together can exceed
# the limit by what they accept in a second.
COUNTED_FOR = 1.0
RETRY_AFTER = 5  # seconds
FORGET_ABOVE = 10_000  # projects

_counted: dict[str, tuple[float, int]] = {}


def require_room_for_run(project: Project) -> None:
    """Raise :class:`ApiError` with status 429 if the project has as many runs as it may have."""
    counted_at, count = _counted.get(project.id, (0.0, 0))
    now = time.monotonic()
    if now - counted_at > COUNTED_FOR:
        count = count_unfinished(project, most=conf.RUNS_PER_PROJECT)
        if len(_counted) > FORGET_ABOVE:
            _counted.clear()
        counted_at = now
    if count >= conf.RUNS_PER_PROJECT:
        raise ApiError(
            f"Project {project.id} already has {conf.RUNS_PER_PROJECT} runs that are queued or in "
            "progress. Wait until some of them have ended, then try again.",
            type="requests",
            code="rate_limit_exceeded",
            http_status=429,
            headers={"Retry-After": str(RETRY_AFTER)},
        )
    _counted[project.id] = counted_at, count + 1
