"""View code: API code that does what the page shows."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.runs.runs import get_run_of_project, newest_runs
from assistants_app.queries.threads.threads import get_thread, last_messages
from assistants_app.rendering.api_code.samples import (
    KEY_VARIABLE,
    LANGUAGES,
    Sample,
    assistant_sample,
    request_sample,
    thread_sample,
)
from assistants_app.rendering.text.markdown import code_figure
from assistants_app.web.http import project_view
from assistants_app.wire.assistants.assistants import assistant_object
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.threads.messages import message_object

MESSAGES = 100
PLACEHOLDER = "asst_..."


def _assistant_sample(project: Project, ids: dict[str, str]) -> Sample:
    return assistant_sample(assistant_object(get_assistant(project, ids["a"])))


def _thread_sample(project: Project, ids: dict[str, str]) -> Sample:
    thread = get_thread(project, ids["t"])
    runs = newest_runs(thread, limit=1)
    assistant_id = ids["a"] or (runs[0].assistant_id if runs else PLACEHOLDER)
    messages = [message_object(message) for message in last_messages(thread, limit=MESSAGES)]
    values = runs[0].variables if runs and runs[0].assistant_id == assistant_id else None
    return thread_sample(assistant_id, messages, values)


def _request_sample(project: Project, ids: dict[str, str]) -> Sample:
    return request_sample(run_object(get_run_of_project(project, ids["r"])))


# Name, description and sample of each kind of code, by its parameter in the query string. The most
# specific comes first: it is the default.
KINDS: dict[str, tuple[object, object, Callable[[Project, dict[str, str]], Sample]]] = {
    "r": (_("This request"), _("Starts the same run on the same thread again."), _request_sample),
    "t": (
        _("This thread"),
        _("Creates a thread with the same messages and runs the assistant on it."),
        _thread_sample,
    ),
    "a": (
        _("This assistant"),
        _("Creates an assistant with the same settings."),
        _assistant_sample,
    ),
}


@project_view("GET", verb="read")
def view_code(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the code for ``of`` in the language ``lang``. ``of`` is r, t or a for the run, thread or
    assistant in the parameter of this name; by default, the first of them that is present.
    """
    ids = {name: request.GET.get(name, "") for name in KINDS}
    given = [name for name in KINDS if ids[name]]
    of = request.GET.get("of") or next(iter(given), "")
    language = request.GET.get("lang") or next(iter(LANGUAGES))
    if of not in given or language not in LANGUAGES:
        raise Http404("There is no code for this.")
    _name, about, sample_of = KINDS[of]
    name, colours, write = LANGUAGES[language]
    code = write(sample_of(project, ids), f"{settings.PUBLIC_URL}/v1")
    state = {**{key: ids[key] for key in given}, "of": of, "lang": language}
    context = {
        "project": project,
        "section": "view_code",
        "about": about,
        "language": name,
        "code": SafeString(code_figure(code, colours)),
        "variable": KEY_VARIABLE,
        "kinds": [(KINDS[key][0], _link(state, of=key), key == of) for key in given],
        "languages": [
            (item[0], _link(state, lang=key), key == language) for key, item in LANGUAGES.items()
        ],
    }
    return render(request, "view_code/index.html", context)


def _link(state: dict[str, str], **change: str) -> str:
    return "?" + urlencode({**state, **change})
