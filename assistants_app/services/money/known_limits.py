"""The limits of projects, as each process knows them."""

import threading
import time

from assistants_app import conf
from assistants_app.queries.people.limits import ProjectLimits, read_limits

FORGET_ABOVE = 1000  # projects

_known: dict[str, tuple[float, ProjectLimits]] = {}
_lock = threading.Lock()


def limits_of(project_id: str) -> ProjectLimits:
    """Return the project's limits, which are read again after `API_KEY_SECONDS`.

    Ask only for a project that has some, or between two model calls of a run: so that a usual run
    needs no query for limits.
    """
    until, limits = _known.get(project_id, (0.0, None))
    if limits is not None and time.monotonic() < until:
        return limits
    limits = read_limits(project_id)
    with _lock:
        if len(_known) > FORGET_ABOVE:
            _known.clear()
        _known[project_id] = time.monotonic() + conf.API_KEY_SECONDS, limits
    return limits


def forget_limits(project_id: str) -> None:
    """Read the project's limits again when they are next needed in this process. "": all."""
    with _lock:
        if project_id:
            _known.pop(project_id, None)
        else:
            _known.clear()
