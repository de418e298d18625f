"""Stop runs of an experiment that was cancelled."""

from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Project, Run
from assistants_app.services.runs import requests as runs


def stop_run(project: Project, run: Run) -> bool:
    """Cancel the run. Return False if it was being cancelled already, or has ended meanwhile."""
    if run.status == run_status.CANCELLING:
        return False
    try:
        runs.cancel_run(project=project, thread_id=run.thread_id, run_id=run.pk)
    except (InvalidRequest, NotFound):
        return False
    return True
