"""What a person chooses for their own runs: the draft or the published version."""

from django.contrib.auth.models import User
from django.http import HttpRequest

from assistants_app.web.http import author_of

RUNS_PUBLISHED = "runs_published"


def runs_published(request: HttpRequest) -> bool:
    """Whether the person's own runs leave the drafts alone. It lasts as long as the session."""
    return bool(request.session.get(RUNS_PUBLISHED))


def draft_author(request: HttpRequest) -> User | None:
    """Whose draft a run of this request uses."""
    return None if runs_published(request) else author_of(request)
