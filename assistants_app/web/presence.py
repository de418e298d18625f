"""The lines that say which processes of the installation don't run."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from assistants_app import conf
from assistants_app.events.presence import INDEXER, INTERPRETER, WORKER, missing
from assistants_app.models import Project
from assistants_app.web.http import project_view

LINES = {
    WORKER: _("No worker is running, so runs wait. They start when a worker is back."),
    INDEXER: _("No indexer is running, so new files wait. They are indexed when it is back."),
    INTERPRETER: _("The code interpreter isn't running, so code in replies fails."),
}


def presence_context(*kinds: str) -> dict[str, Any]:
    """Return the lines for those of the kinds that don't run."""
    wanted = [kind for kind in kinds if kind != INTERPRETER or conf.SANDBOX_HOSTS]
    return {
        "kinds": ",".join(kinds),
        "missing_lines": [LINES[kind] for kind in missing(wanted)] if wanted else [],
    }


@project_view("GET", verb="read")
def presence(request: HttpRequest, project: Project, kinds: str) -> HttpResponse:
    """Show the lines again, or nothing once all of `kinds` run."""
    known = [kind for kind in kinds.split(",") if kind in LINES]
    return render(request, "shell/_missing.html", {"project": project, **presence_context(*known)})
