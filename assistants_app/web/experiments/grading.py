"""The grading queue: one row at a time, without the names of variants."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.domain.experiments.asking import text_of_turn
from assistants_app.domain.experiments.grades import (
    GRADE,
    LETTERS,
    MAIN,
    POINTS,
    PREFERENCE,
    TIE,
    points_of,
)
from assistants_app.domain.words.written import written_text
from assistants_app.models import Experiment, Project
from assistants_app.queries.experiments.experiments import get_experiment
from assistants_app.queries.experiments.grading import (
    QueuedRow,
    has_grades_of,
    leased_row,
    open_rows,
    queued_row,
)
from assistants_app.queries.test_sets.sets import list_test_sets
from assistants_app.rendering.text.markdown import render_markdown
from assistants_app.services.experiments import grading as services
from assistants_app.web.http import author_of, project_view, whole_number


@project_view("GET", "POST", verb={"GET": "read", "POST": "take_row"})
def queue(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """GET: show the row that is the reader's, or how many rows wait. POST: take the next one."""
    experiment = get_experiment(project, experiment_id)
    user = author_of(request)
    if request.method == "POST":
        services.take_row(project=project, experiment_id=experiment_id, user=user)
        return redirect("grading", project.id, experiment_id)
    row = leased_row(experiment, user)
    queued = queued_row(row, user) if row else None
    waiting, rows = open_rows(experiment).count(), experiment.rows.count()
    context = {
        "project": project,
        "section": "experiments",
        "experiment": experiment,
        "waiting": waiting,
        "rows": rows,
        "graded": rows - waiting,
        "may_undo": has_grades_of(experiment, user),
        "tie": TIE,
        **(_queued_context(experiment, queued) if queued else {}),
    }
    return render(request, "experiments/grading.html", context)


def _queued_context(experiment: Experiment, queued: QueuedRow) -> dict[str, Any]:
    content = queued.row.content
    # As it began if the thread was deleted.
    texts = [
        reply.cell.reply if reply.content is None else written_text(reply.content)
        for reply in queued.replies
    ]
    asks = MAIN.get(experiment.main_metric, "")
    ungraded = [place for place, one in enumerate(queued.replies) if one.value is None]
    sets = list_test_sets(experiment.project).filter(pk=experiment.test_set_id)
    return {
        "row": queued.row,
        "repeat": queued.repeat,
        "sight": queued.sight,
        # What decides the main metric, if people do.
        "asks": asks,
        "grade": GRADE,
        "preference": PREFERENCE,
        "points": POINTS,
        "turns": [text_of_turn(content, turn, {}) for turn in range(len(content["turns"]))],
        "expected": [
            (name, _as_text(value)) for name, value in (content.get("expected") or {}).items()
        ],
        "may_correct": sets.exists(),
        "replies": [
            {
                "letter": LETTERS[place],
                "place": place,
                "text": text,
                "html": render_markdown(text),
                "points": None if reply.value is None else points_of(reply.value),
                # What the keys 1 to 5 grade.
                "is_next": ungraded[:1] == [place] and asks != PREFERENCE,
            }
            for place, (reply, text) in enumerate(zip(queued.replies, texts, strict=True))
        ],
    }


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _say(
    request: HttpRequest, project: Project, experiment_id: str, say: Callable[..., Any], **more: Any
) -> HttpResponse:
    """Store what somebody says about the row, and go on: to the next one, if it's done."""
    user = author_of(request)
    try:
        say(
            project=project,
            experiment_id=experiment_id,
            user=user,
            position=_number(request, "row"),
            repeat=_number(request, "repeat"),
            sight=request.POST.get("sight", ""),
            **more,
        )
    except NotFound:
        raise
    except ApiError as error:
        messages.error(request, error.message)
    services.take_row(project=project, experiment_id=experiment_id, user=user)
    return redirect("grading", project.id, experiment_id)


def _number(request: HttpRequest, name: str) -> int:
    number = whole_number(request.POST.get(name, ""))
    return -1 if number is None else number


@project_view("POST", verb="grade_reply")
def grade(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Give the reply ``place`` of the ``row`` a number of ``points``."""
    place, points = _number(request, "place"), _number(request, "points")
    return _say(request, project, experiment_id, services.grade_reply, place=place, points=points)


@project_view("POST", verb="prefer_reply")
def prefer(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Say that the reply with the letter ``choice`` is the best of the ``row``."""
    choice = request.POST.get("choice", "")
    return _say(request, project, experiment_id, services.prefer_reply, choice=choice)


@project_view("POST", verb="undo_grade")
def undo(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Take back what was said last."""
    done = services.undo_grade(
        project=project, experiment_id=experiment_id, user=author_of(request)
    )
    if not done:
        messages.error(request, _("There is nothing to undo."))
    return redirect("grading", project.id, experiment_id)


@project_view("POST", verb="correct_reply")
def correct(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Make ``reply`` the expected reply of the ``row``'s next version."""
    get_experiment(project, experiment_id)
    try:
        services.correct_reply(
            project=project,
            experiment_id=experiment_id,
            position=_number(request, "row"),
            text=request.POST.get("reply", ""),
            author=author_of(request),
        )
    except ApiError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The test set's row expects this reply from now on."))
    return redirect("grading", project.id, experiment_id)
