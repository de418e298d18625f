"""The recorded example."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.services.threads.recordings import add_recorded_example
from assistants_app.web.assistants.list import first_model
from assistants_app.web.http import go_to, playground_url, project_view

# The session's key for the thread that its next page plays. Not in the URL: a reload shows the
# thread as it is.
PLAYS = "plays"


@project_view("POST", verb="add_example")
def play(request: HttpRequest, project: Project) -> HttpResponse:
    """Add the recorded example to the project, unless it is there, and play it."""
    try:
        thread = add_recorded_example(project=project, model=first_model(project))
    except InvalidRequest as error:
        messages.error(request, error.message)
        return go_to(playground_url(project))
    request.session[PLAYS] = thread.id
    return go_to(playground_url(project, t=thread.id))


def takes_turn(request: HttpRequest, thread_id: str) -> bool:
    """Return whether this page plays the thread. A second page doesn't."""
    if request.session.get(PLAYS) != thread_id:
        return False
    del request.session[PLAYS]
    return True
