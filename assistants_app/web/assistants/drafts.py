"""The user's draft of an assistant: autosave, discard, rebase and publish."""

from copy import copy
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.configurations.variables import marks
from assistants_app.domain.errors import ApiError, Conflict, Forbidden, NotFound
from assistants_app.models import Assistant, AssistantDraft, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.versions import find_draft, list_versions
from assistants_app.queries.threads.threads import find_thread
from assistants_app.rendering.experiments.gates import gate_view
from assistants_app.rendering.text.diffs import configuration_diff
from assistants_app.services.assistants import drafts as services
from assistants_app.services.assistants.configurations import (
    apply_draft,
    base_configuration,
    draft_configuration,
    problems_of,
    revision_of,
)
from assistants_app.services.assistants.gates import gate_check
from assistants_app.services.assistants.rebasing import divergence_of
from assistants_app.web.assistants.autosave import ChangedElsewhere, save
from assistants_app.web.assistants.configuration import draft_notes, shown_draft
from assistants_app.web.assistants.form import place_problems
from assistants_app.web.assistants.shared_form import parts_seen_by, seen_parts, touched_parts
from assistants_app.web.assistants.values import CHANGED, declarations_for
from assistants_app.web.http import (
    author_of,
    go_to,
    playground_url,
    project_view,
    url_with,
    whole_number,
)
from assistants_app.wire.assistants.configurations import FIELDS

INSTRUCTIONS = "instructions"
MOST_NAMED = 5  # versions whose authors a conflict names


@project_view("GET", "POST", verb={"GET": "read", "POST": "save_draft"})
def draft(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: return the draft's state and the errors under each field, as partials. POST: save the
    touched parts of the configuration form as the draft first, or return a 409 if another tab has
    changed them since this one saw them.
    """
    # The fields themselves are not in the response, because somebody may be typing in them.
    assistant = get_assistant(project, assistant_id)
    mine = find_draft(project, assistant_id, author_of(request))
    context: dict[str, Any] = {"project": project, "assistant": assistant}
    if request.method == "GET":
        shown = shown_draft(project, assistant, mine)
        context |= {"saved": shown.saved, "form": shown.form}
        context |= draft_notes(project, shown.form)
        return render(request, "assistants/_draft_saved.html", context)
    try:
        form, saved = save(project, assistant_id, author_of(request), request.POST)
    except NotFound:
        raise
    except ChangedElsewhere as conflict:
        context["conflict"] = conflict
        return render(request, "versions/_draft_conflict.html", context, status=409)
    except ApiError as error:
        context["error"] = error.message
        return render(request, "versions/_draft_state.html", context, status=422)
    place_problems(form, saved.configuration, saved.problems)
    context |= _saved_context(request, assistant, saved)
    context |= {"saved": saved, "form": form, **draft_notes(project, form)}
    answer = render(request, "assistants/_draft_saved.html", context)
    if "variables" in touched_parts(request.POST):
        answer["HX-Trigger"] = CHANGED
    return answer


def _saved_context(
    request: HttpRequest, assistant: Assistant, saved: services.SavedDraft
) -> dict[str, Any]:
    """Return the fingerprints of the saved parts, and whether the page has to fetch others."""
    now, touched = seen_parts(saved.configuration), touched_parts(request.POST)
    seen = parts_seen_by(request.POST)
    is_behind = any(
        seen.get(part, value) != value for part, value in now.items() if part not in touched
    )
    return {
        "seen": {part: now[part] for part in touched}.items(),
        # A page that doesn't show all of the draft has to fetch it before it may run it.
        "revision": "" if is_behind else revision_of(assistant, saved.draft),
        "is_behind": is_behind,
    }


@project_view("GET", verb="read")
def instructions(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Show, beside the expanded editor, the variables in the saved instructions, and the difference
    to the published instructions.
    """
    assistant = get_assistant(project, assistant_id)
    mine = find_draft(project, assistant_id, author_of(request))
    text = (draft_configuration(assistant, mine) if mine else {}).get(INSTRUCTIONS)
    before = {INSTRUCTIONS: assistant.instructions}
    after = {INSTRUCTIONS: text} if mine else before
    declarations = declarations_for(request, project, assistant)
    context = {
        "variables": [
            (name, name in declarations) for name in marks(str(after[INSTRUCTIONS] or ""))
        ],
        "example": "{{name}}",
        "field": next(iter(configuration_diff(before, after)), None),
        "old_label": f"v{assistant.version_number}",
        "new_label": _("Draft"),
    }
    return render(request, "assistants/_instructions_beside.html", context)


@project_view("POST", verb="discard_draft")
def discard(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Discard the draft. The next page offers to undo it."""
    services.discard_draft(project=project, assistant_id=assistant_id, user=author_of(request))
    offer_undo(request, project, assistant_id, _("Draft discarded."))
    return _return_to_playground(request, url_of_thread(request, project, assistant_id))


def offer_undo(request: HttpRequest, project: Project, assistant_id: str, text: str) -> None:
    """Show `text` on the next page, with a button that brings back the draft before."""
    address = reverse("undo_draft", args=[project.id, assistant_id])
    messages.success(request, text, extra_tags=address)


@project_view("POST", verb="undo")
def undo(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Bring back the draft that was discarded or replaced last."""
    services.undo(project=project, assistant_id=assistant_id, user=author_of(request))
    return redirect(url_of_thread(request, project, assistant_id))


@project_view("GET", "POST", verb="rebase_draft")
def rebase(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: show what the draft and others have changed. POST: apply the draft's changes to the
    newest version, which is ``onto``, without the settings in ``theirs``, and show the difference.
    The response is the page with a 409 if another version is the newest by now.
    """
    if request.method == "GET":
        return _render_rebase(request, project, assistant_id)
    onto = whole_number(request.POST.get("onto", ""))
    try:
        services.rebase_draft(
            project=project,
            assistant_id=assistant_id,
            user=author_of(request),
            onto=onto,
            # Each setting that both changed has a choice of its own.
            theirs=[name for name in FIELDS if request.POST.get(f"take-{name}") == "theirs"],
        )
    except Conflict:
        error = _("Another version was published just now. Look at the changes again.")
        return _render_rebase(request, project, assistant_id, error)
    offer_undo(
        request, project, assistant_id, _("Your draft has the newest version's changes now.")
    )
    return redirect(_diff_url(request, project, assistant_id))


def _render_rebase(
    request: HttpRequest, project: Project, assistant_id: str, error: str = ""
) -> HttpResponse:
    context = _draft_context(request, project, assistant_id)
    if not context.get("behind"):
        return redirect(_diff_url(request, project, assistant_id))
    thread_id = request.POST.get("t") or request.GET.get("t", "")
    context |= {"section": "versions", "error": error, "thread_id": thread_id}
    return render(request, "versions/rebase.html", context, status=409 if error else 200)


@project_view("GET", verb="read")
def diff(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Show how the draft differs from the version from which it started."""
    is_whole = bool(request.GET.get("whole"))
    context = {
        "section": "versions",
        "split": request.GET.get("view") == "split",
        "whole": is_whole,
        "old_label": _("Before"),
        "new_label": _("Draft"),
        **_draft_context(request, project, assistant_id, whole=is_whole),
    }
    number = context["draft"].base_number if context["draft"] else context["published"]
    context["heading"] = _("My draft compared with version %(number)d") % {"number": number}
    return render(request, "versions/diff.html", context)


@project_view("GET", "POST", verb="publish_draft")
def publish(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: show the dialog. POST: publish with ``note``, and return to the playground. The response
    is the dialog with a 409 if somebody else has published since the draft was started, unless
    that version is ``overwrites``, and with a 422 if the draft is invalid. A publish gate refuses
    it with a 409, too, unless ``override`` is an owner's reason.
    """
    if request.method == "GET":
        context = _draft_context(request, project, assistant_id)
        return render(request, "versions/_publish.html", context)
    note = request.POST.get("note", "").strip()
    try:
        published = services.publish_draft(
            project=project,
            assistant_id=assistant_id,
            user=author_of(request),
            note=note,
            overwrites=whole_number(request.POST.get("overwrites", "")),
            override=request.POST.get("override", "").strip(),
        )
    except (NotFound, Forbidden):
        raise
    except ApiError as error:
        return _render_refusal(request, project, assistant_id, error, note)
    messages.success(request, _("v%(number)d is live.") % {"number": published.number})
    return _return_to_playground(request, url_of_thread(request, project, assistant_id))


def _render_refusal(
    request: HttpRequest, project: Project, assistant_id: str, error: ApiError, note: str
) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(_diff_url(request, project, assistant_id))
    message = "" if isinstance(error, Conflict) else error.message
    context = {**_draft_context(request, project, assistant_id), "error": message, "note": note}
    status = 409 if isinstance(error, Conflict) else 422
    return render(request, "versions/_publish.html", context, status=status)


def _draft_context(
    request: HttpRequest, project: Project, assistant_id: str, *, whole: bool = False
) -> dict[str, Any]:
    """Return the draft's changes and errors, and the version published since it was started."""
    assistant = get_assistant(project, assistant_id)
    mine = find_draft(project, assistant_id, author_of(request))
    context: dict[str, Any] = {
        "project": project,
        "assistant": assistant,
        "assistant_id": assistant_id,
        "published": assistant.version_number,
        "next_number": assistant.version_number + 1,
        "draft": mine,
        "fields": [],
    }
    if mine is None:
        return context
    configuration = draft_configuration(assistant, mine)
    base = base_configuration(assistant, mine.base_number)
    context["fields"] = configuration_diff(base, configuration, whole=whole)
    context["problems"] = problems_of(project, configuration)
    if mine.base_number != assistant.version_number:
        context |= _divergence_context(project, mine)
    elif not context["problems"]:
        context |= draft_gate(project, assistant, mine)
    return context


def draft_gate(
    project: Project, assistant: Assistant, draft: AssistantDraft | None
) -> dict[str, Any]:
    """Return what the assistant's publish gate says to the draft, for `versions/_gate.html`."""
    if draft is None:
        return {}
    try:
        wanted = apply_draft(project, copy(assistant), draft)
    except ApiError:
        # It can't be published for another reason, which the page shows.
        return {}
    check = gate_check(project, assistant, wanted)
    return {"gate": gate_view(check) if check else None}


def _divergence_context(project: Project, draft: AssistantDraft) -> dict[str, Any]:
    """Return whose versions the draft doesn't have, and the settings that differ."""
    assistant = draft.assistant
    newest = list_versions(project, assistant.id, limit=MOST_NAMED + 1)
    newer = [version for version in newest if version.number > draft.base_number]
    apart = divergence_of(assistant, draft)
    theirs = {field.name: field for field in configuration_diff(apart.base, apart.theirs)}
    mine = {field.name: field for field in configuration_diff(apart.base, apart.mine)}
    return {
        "behind": newer[0],
        "newer": newer[:MOST_NAMED],
        "more_newer": len(newer) > MOST_NAMED,
        "their_fields": list(theirs.values()),
        "only_theirs": [theirs[name] for name in apart.only_theirs],
        "only_mine": [mine[name] for name in apart.only_mine],
        "conflicts": [(name, theirs[name], mine[name]) for name in apart.conflicts],
    }


def url_of_thread(request: HttpRequest, project: Project, assistant_id: str) -> str:
    """Return the URL of the playground with the assistant and the form's thread ``t``."""
    thread = find_thread(project, request.POST.get("t", ""))
    return playground_url(project, a=assistant_id, t=thread.id if thread else "")


def _diff_url(request: HttpRequest, project: Project, assistant_id: str) -> str:
    thread_id, note = request.POST.get("t", ""), request.POST.get("note", "")
    return url_with("draft_diff", project.id, assistant_id, t=thread_id, note=note)


def _return_to_playground(request: HttpRequest, url: str) -> HttpResponse:
    # From the playground, return to its own URL, which also has the thread and the run.
    if not request.headers.get("HX-Request"):
        return redirect(url)
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    return go_to(f"{here.path}?{here.query}" if here.path == urlsplit(url).path else url)
