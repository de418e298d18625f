"""The versions of an assistant: timeline, comparison and restore."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.errors import ApiError, Forbidden, NotFound
from assistants_app.models import Assistant, AssistantVersion, Project
from assistants_app.queries.assistants.assistants import api_users, get_assistant
from assistants_app.queries.assistants.version_usage import VersionUsage, usage_of_versions
from assistants_app.queries.assistants.versions import find_draft, get_version, list_versions
from assistants_app.queries.experiments.experiments import existing_experiments
from assistants_app.queries.experiments.gates import find_gate
from assistants_app.queries.people.members import name_of
from assistants_app.queries.threads.threads import find_thread
from assistants_app.rendering.text.diffs import configuration_diff, text_of
from assistants_app.services.assistants import drafts
from assistants_app.services.assistants import requests as services
from assistants_app.services.assistants.gates import GateRefused
from assistants_app.web.assistants.drafts import offer_undo, url_of_thread
from assistants_app.web.http import author_of, go_to, project_view, url_with, whole_number
from assistants_app.wire.assistants.configurations import FIELDS, whole

PAGE = 50
RESTORED = "restore"
SOURCE_NAMES = {
    "ui": gettext_lazy("Playground"),
    "api": gettext_lazy("API"),
    "import": gettext_lazy("Import"),
    RESTORED: gettext_lazy("Restored"),
}


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the timeline. `chosen_old` and `chosen_new` preselect it for a comparison.
    `usage`: of its runs. `gate`: how it passed the publish gate, see models/versions.py, and
    `has_experiment`: whether the experiment is still there.
    """

    number: int
    current: bool
    source: Promise
    author: str
    created_at: datetime
    note: str
    previous: int
    restorable: bool
    chosen_old: bool
    chosen_new: bool
    usage: VersionUsage
    gate: dict[str, Any] | None
    has_experiment: bool


@project_view("GET", verb="read")
def index(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Show the timeline, newest first, also of a deleted assistant. ``?before=`` is the number of
    the oldest version on the page before. ``?t=`` is the thread in which to run a version.
    """
    before = request.GET.get("before", "")
    found = list_versions(project, assistant_id, before=whole_number(before), limit=PAGE + 1)
    versions = found[:PAGE]
    assistant = find_assistant(project, assistant_id)
    current = assistant.version_number if assistant else None
    used = usage_of_versions(project, assistant_id, [version.number for version in versions])
    passed = {str(version.gate.get("experiment", "")) for version in versions if version.gate}
    there = existing_experiments(project, passed - {""})
    thread = find_thread(project, request.GET.get("t", ""))
    context = {
        "project": project,
        "section": "versions",
        "thread": thread,
        "assistant": assistant,
        "assistant_id": assistant_id,
        "name": _name_or_id(assistant_id, assistant, versions),
        "versions": [
            _version_row(place, version, current, used.get(version.number, VersionUsage()), there)
            for place, version in enumerate(versions)
        ],
        "several": len(versions) > 1,
        "older": versions[-1].number if len(found) > PAGE else None,
        "next_number": current + 1 if current is not None else None,
        "users": api_users(project, assistant_id),
        "draft": find_draft(project, assistant_id, author_of(request)),
        "has_gate": assistant is not None and find_gate(assistant_id) is not None,
    }
    return render(request, "versions/index.html", context)


def _version_row(
    place: int,
    version: AssistantVersion,
    current: int | None,
    usage: VersionUsage,
    experiments: Collection[str],
) -> VersionRow:
    note = version.note
    if version.source == RESTORED:
        # The note of a restored version is the version's name, such as "v3".
        note = _("Restored from %(version)s") % {"version": note}
    return VersionRow(
        number=version.number,
        current=version.number == current,
        source=SOURCE_NAMES[version.source],
        author=name_of(version.author),
        created_at=version.created_at,
        note=note,
        previous=version.number - 1,
        restorable=current is not None and version.number != current,
        chosen_old=place == 1,
        chosen_new=place == 0,
        usage=usage,
        gate=version.gate,
        has_experiment=(version.gate or {}).get("experiment") in experiments,
    )


@project_view("GET", verb="read")
def version(request: HttpRequest, project: Project, assistant_id: str, number: int) -> HttpResponse:
    """Show the configuration of a version."""
    found = get_version(project, assistant_id, number)
    assistant = find_assistant(project, assistant_id)
    configuration = whole(found.configuration)
    context = {
        "project": project,
        "section": "versions",
        "assistant_id": assistant_id,
        "name": _name_or_id(assistant_id, assistant, [found]),
        "version": found,
        "current": assistant is not None and assistant.version_number == number,
        "fields": [
            (name, text_of(name, configuration[name]))
            for name in FIELDS
            if configuration[name] not in (None, "", [], {})
        ],
    }
    return render(request, "versions/version.html", context)


def find_assistant(project: Project, assistant_id: str) -> Assistant | None:
    """Return the assistant, or None if it was deleted."""
    try:
        return get_assistant(project, assistant_id)
    except NotFound:
        return None


def _name_or_id(
    assistant_id: str, assistant: Assistant | None, versions: list[AssistantVersion]
) -> str:
    if assistant is not None:
        return assistant.name or assistant_id
    # A deleted assistant keeps the name of its newest version.
    return (versions and versions[0].configuration.get("name")) or assistant_id


@project_view("GET", verb="read")
def compare(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Redirect to the comparison of ``old`` and ``new``, with the older version on the left."""
    chosen = [whole_number(request.GET.get(name, "")) for name in ("old", "new")]
    numbers = sorted(number for number in chosen if number is not None)
    # A number is missing or wrong, so let the user choose again.
    thread_id = request.GET.get("t", "")
    if len(numbers) < len(chosen):
        return redirect(url_with("versions", project.id, assistant_id, t=thread_id))
    return redirect(url_with("version_diff", project.id, assistant_id, *numbers, t=thread_id))


@project_view("GET", verb="read")
def diff(
    request: HttpRequest, project: Project, assistant_id: str, old: int, new: int
) -> HttpResponse:
    """Show the differences of two versions. ``?view=split`` shows them side by side, and
    ``?whole=1`` shows the unchanged lines, too.
    """
    left, right = (get_version(project, assistant_id, number) for number in (old, new))
    assistant = find_assistant(project, assistant_id)
    is_whole = bool(request.GET.get("whole"))
    fields = configuration_diff(
        whole(left.configuration), whole(right.configuration), whole=is_whole
    )
    context = {
        "project": project,
        "section": "versions",
        "assistant_id": assistant_id,
        "heading": _("Changes from version %(old)d to %(new)d") % {"old": old, "new": new},
        "old_label": f"v{old}",
        "new_label": f"v{new}",
        "fields": fields,
        "split": request.GET.get("view") == "split",
        "whole": is_whole,
        "next_number": assistant.version_number + 1 if assistant else None,
        "users": api_users(project, assistant_id),
        "restorable": old if assistant and old != assistant.version_number else None,
    }
    return render(request, "versions/diff.html", context)


@project_view("POST", verb="restore_version")
def restore(request: HttpRequest, project: Project, assistant_id: str, number: int) -> HttpResponse:
    """Publish an old version again, and report files and stores that no longer exist. The next page
    offers to publish the version before it again. ``override`` is why an owner does so over the
    assistant's publish gate.
    """
    before = get_assistant(project, assistant_id).version_number
    thread_id = request.POST.get("t", "")
    versions_url = url_with("versions", project.id, assistant_id, t=thread_id)
    try:
        restored = services.restore_version(
            project=project,
            assistant_id=assistant_id,
            number=number,
            author=author_of(request),
            override=request.POST.get("override", "").strip(),
        )
    except (NotFound, Forbidden):
        raise
    except GateRefused as error:
        # The gate's page says what is missing, and lets an owner publish it all the same.
        messages.error(request, error.message)
        return redirect(url_with("publish_gate", project.id, assistant_id, v=str(number)))
    except ApiError as error:
        # A redirect can't show an error itself. The next page shows this message.
        messages.error(request, error.message)
        return redirect(versions_url)
    if restored.version is None:
        message = _("Version %(number)d is already published.") % {"number": number}
    else:
        message = _("v%(new)d is live. It is version %(old)d again.") % {
            "old": number,
            "new": restored.version.number,
        }
    undo = reverse("restore_version", args=[project.id, assistant_id, before])
    messages.success(
        request, message + _left_out(restored.gone), extra_tags=undo if restored.version else ""
    )
    return redirect(versions_url)


@project_view("POST", verb="restore_as_draft")
def draft(request: HttpRequest, project: Project, assistant_id: str, number: int) -> HttpResponse:
    """Make an old version the user's draft, and show it in the playground."""
    gone = drafts.restore_as_draft(
        project=project, assistant_id=assistant_id, user=author_of(request), number=number
    )
    text = _("Version %(number)d is your draft now. Publish it when it's right.")
    offer_undo(request, project, assistant_id, text % {"number": number} + _left_out(gone))
    return redirect(url_of_thread(request, project, assistant_id))


@project_view("POST", verb="take_settings_of_run")
def run_as_draft(
    request: HttpRequest, project: Project, assistant_id: str, run_id: str
) -> HttpResponse:
    """Make the settings of a run the user's draft, and show it with the thread ``t``."""
    gone = drafts.take_settings_of_run(
        project=project, assistant_id=assistant_id, user=author_of(request), run_id=run_id
    )
    text = _("Your draft has the settings of the kept answer.")
    offer_undo(request, project, assistant_id, text + _left_out(gone))
    return go_to(url_of_thread(request, project, assistant_id))


def _left_out(gone: list[str]) -> str:
    if not gone:
        return ""
    text = _("Left out because they no longer exist: %(ids)s.")
    return " " + text % {"ids": ", ".join(gone)}
