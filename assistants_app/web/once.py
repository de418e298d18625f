"""Forms that are carried out once, however often a browser sends them.

The page's script keeps back a second press (static/js/forms/under_way.js). But when a line breaks
before the answer, some browsers send the form again by themselves, and all of them offer to do it
when the page is loaded again. Where that would cost money, or make another secret, the form has an
ID.
"""

import hashlib
import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from assistants_app.domain.errors import Unavailable
from assistants_app.models import Project
from assistants_app.services import receipts
from assistants_app.services.receipts import Attempt, Earlier

FIELD = "form_id"  # see templatetags/forms.py
LOOK_EVERY = 0.05  # seconds
# A receipt that nobody renews can be claimed by then, so the earlier request has ended or is lost.
WAITED_SECONDS = 2 * receipts.HELD_SECONDS

View = Callable[..., HttpResponse]


def done_once(view: View) -> View:
    """Decorate a view of a project whose form has an ID.

    The act of a repeated request returns what the first one has made, see :func:`act`. Where that
    isn't enough, the view asks :func:`was_done_before`. A form whose fields were changed is another
    request.
    """

    @wraps(view)
    def inner(request: HttpRequest, project: Project, **captured: Any) -> HttpResponse:
        if not request.POST.get(FIELD):
            return view(request, project, **captured)
        attempt = _attempt_of(request, project)
        attempt.earlier = _claim(attempt)
        try:
            with receipts.attempting(attempt):
                return view(request, project, **captured)
        finally:
            # Nothing was made, so the form can be corrected and sent again.
            if not attempt.earlier:
                receipts.release(attempt.receipt)

    return inner


def was_done_before() -> bool:
    """Return whether this request was carried out when it was sent before."""
    attempt = receipts.current_attempt()
    return attempt is not None and attempt.earlier is not None


def _attempt_of(request: HttpRequest, project: Project) -> Attempt:
    fields = {name: request.POST.getlist(name) for name in sorted(request.POST)}
    # Another one after somebody has signed in again.
    fields.pop("csrfmiddlewaretoken", None)
    text = json.dumps([request.user.pk, request.path, fields])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Attempt(project_id=project.id, key=f"form {digest}", digest=digest)


def _claim(attempt: Attempt) -> Earlier | None:
    until = time.monotonic() + WAITED_SECONDS
    while time.monotonic() < until:
        earlier = receipts.claim(attempt)
        if earlier is None or earlier.done:
            return earlier
        time.sleep(LOOK_EVERY)
    raise Unavailable
