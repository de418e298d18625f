"""Comments on the instructions of a version, beside the lines that they quote."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.domain.words.quotes import lines_of, place_of
from assistants_app.models import AssistantVersion, Project
from assistants_app.queries.assistants.versions import get_version
from assistants_app.queries.people.comments import comments_of_assistant, names_to_mention
from assistants_app.rendering.people.talk import Conversation, conversations_of
from assistants_app.services.people.comments import OnInstructions, create_comment
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.people.places import url_of_comment

AROUND = 200  # lines on a page of long instructions


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the instructions, with the comments that begin there."""

    number: int
    text: str
    conversations: Sequence[Conversation] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """The comments on the instructions of a version: at their lines, and those whose lines are
    gone.
    """

    by_line: dict[int, list[Conversation]] = field(default_factory=dict)
    outdated: list[Conversation] = field(default_factory=list)


@project_view("GET", "POST", verb={"GET": "read", "POST": "create_comment"})
def comments(
    request: HttpRequest, project: Project, assistant_id: str, number: int
) -> HttpResponse:
    """GET: show the instructions of a version with their comments. POST: comment with ``text`` on
    the lines from ``first_line`` to ``last_line``.

    ``?line=`` opens the form for a line, and ``?from=`` is the first line of the page.
    """
    version = get_version(project, assistant_id, number)
    if request.method == "GET":
        line = whole_number(request.GET.get("line", ""))
        form = {"first_line": line, "last_line": line} if line else {}
        return _render_page(request, project, version, form)
    given = {name: request.POST.get(name, "") for name in ("first_line", "last_line", "text")}
    try:
        made = create_comment(
            project=project,
            author=author_of(request),
            on=_lines_in(assistant_id, number, given),
            text=given["text"],
        )
    except NotFound:
        raise
    except ApiError as error:
        problem = {error.param or "text": error.message}
        return _render_page(request, project, version, given, problem)
    return redirect(url_of_comment(made))


def _lines_in(assistant_id: str, number: int, given: dict[str, str]) -> OnInstructions:
    first = whole_number(given["first_line"])
    last = whole_number(given["last_line"]) if given["last_line"] else first
    if first is None or last is None:
        raise InvalidRequest(_("Enter the number of a line."), param="first_line")
    return OnInstructions(assistant_id, number, first, last)


def _render_page(
    request: HttpRequest,
    project: Project,
    version: AssistantVersion,
    form: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    lines = lines_of(version.configuration.get("instructions"))
    found = comments_of_assistant(project, version.assistant_id)
    placed = _placed(conversations_of(found), version.number, lines)
    begin = _first_line(request, len(lines))
    end = min(begin + AROUND, len(lines) + 1)
    context = {
        "project": project,
        "project_id": project.id,
        "section": "versions",
        "assistant_id": version.assistant_id,
        "name": version.configuration.get("name") or version.assistant_id,
        "version": version,
        "lines": [
            Line(number, lines[number - 1], placed.by_line.get(number, ()))
            for number in range(begin, end)
        ],
        "elsewhere": sorted(line for line in placed.by_line if not begin <= line < end),
        "outdated": placed.outdated,
        "previous_line": max(begin - AROUND, 1) if begin > 1 else 0,
        "next_line": end if end <= len(lines) else 0,
        "form": form,
        "errors": errors or {},
        "members": names_to_mention(project),
        "most": limits.COMMENT,
        "count": len(lines),
    }
    return render(request, "people/instructions.html", context, status=422 if errors else 200)


def _first_line(request: HttpRequest, count: int) -> int:
    begin = whole_number(request.GET.get("from", "")) or 1
    line = whole_number(request.GET.get("line", ""))
    if line and not begin <= line < begin + AROUND:
        begin = line - AROUND // 2
    return max(1, min(begin, count))


def _placed(conversations: Sequence[Conversation], number: int, lines: list[str]) -> Placed:
    """Return where the comments are in the instructions of the version with this number."""
    by_line: defaultdict[int, list[Conversation]] = defaultdict(list)
    outdated = []
    for conversation in conversations:
        comment = conversation.first.comment
        line = place_of(comment.quote, lines, comment.line or 1)
        if line is not None:
            by_line[line].append(conversation)
        # A version before the comment doesn't have its lines yet, which isn't worth a word.
        elif (comment.version_number or 0) <= number:
            outdated.append(conversation)
    return Placed(dict(by_line), outdated)
