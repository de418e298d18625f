"""Parts of a long thread: earlier and later messages, and the search for words in all of them."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from assistants_app.models import Project, Thread
from assistants_app.queries.runs.runs import get_run
from assistants_app.queries.threads.found import Step, find_in_thread
from assistants_app.queries.threads.spans import START, Place, place_of_run, read_part
from assistants_app.queries.threads.threads import get_thread
from assistants_app.rendering.threads.items import render_items
from assistants_app.rendering.threads.state import span_of
from assistants_app.web.http import project_view


@project_view("GET", verb="read")
def part(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Return some of the thread's messages as HTML, with their place in the thread.

    ``before``, ``after`` or ``around`` is a message, and ``run`` a run. ``from`` and ``to`` are the
    first and the last message. Without any of them the part is the beginning.
    """
    thread = get_thread(project, thread_id)
    shown = read_part(thread, _place_in(request, project, thread))
    return JsonResponse({"html": render_items(shown, {}), **span_of(shown)})


def _place_in(request: HttpRequest, project: Project, thread: Thread) -> Place:
    names = ("run", "from", "to", "before", "after", "around")
    query = {name: request.GET.get(name, "") for name in names}
    if run_id := query["run"]:
        return place_of_run(get_run(project, thread.id, run_id))
    if query["from"]:
        return Place("from", query["from"], query["to"])
    if query["before"]:
        return Place("before", query["before"])
    if query["after"]:
        return Place("after", query["after"])
    if query["around"]:
        return Place("around", query["around"])
    return START


@project_view("GET", verb="read")
def find(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Show which of the messages with the words ``q`` is the next one after the message ``at``, or
    the previous one with ``step=previous``.
    """
    thread = get_thread(project, thread_id)
    values = {name: request.GET.get(name, "") for name in ("q", "at")}
    step: Step = "previous" if request.GET.get("step") == "previous" else "next"
    words = values["q"].strip()
    hit = find_in_thread(thread, words, at=values["at"], step=step) if words else None
    return render(request, "threads/_found.html", {"hit": hit, "words": words})
