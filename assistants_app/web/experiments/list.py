"""The list of experiments."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, Project, TestSet
from assistants_app.models.experiments.snapshots import ListedExperiment
from assistants_app.queries.assistants.assistants import last_names_of_assistants
from assistants_app.queries.experiments.experiments import list_experiments
from assistants_app.queries.experiments.narrowing import assistants_tested, sets_tested
from assistants_app.rendering.components.badges import Badge
from assistants_app.rendering.components.durations import time_left
from assistants_app.rendering.experiments.verdicts import VerdictLine, verdict_lines
from assistants_app.rendering.experiments.words import experiment_badge, experiment_word
from assistants_app.web.http import project_view, url_with
from assistants_app.web.tables import cursors_of, ignored_in

ROWS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list. `time_left` is "" unless it runs."""

    experiment: Experiment
    badge: Badge
    variants: Sequence[str]
    verdicts: Sequence[VerdictLine]
    cells: int
    ended: int
    time_left: str
    is_running: bool


@project_view("GET", verb="read")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """List the experiments, newest first, from the one before ``after`` on.

    ``set``, ``assistant`` and ``state`` narrow them.
    """
    asked = {name: _text(request, name) for name in ("set", "assistant", "state")}
    refused = [] if asked["state"] in ("", *states.EXPERIMENT_STATES) else ["state"]
    asked |= dict.fromkeys(refused, "")
    found = list_experiments(
        project,
        cursors_of(request.GET, "exp", ROWS),
        set_id=asked["set"],
        assistant_id=asked["assistant"],
        state=asked["state"],
    )
    last = found.items[-1].experiment.pk if found.items else ""
    sets = sets_tested(project)
    names = last_names_of_assistants(project, {*assistants_tested(project)})
    context = {
        "project": project,
        "section": "experiments",
        "lines": [_line(one) for one in found.items],
        "older": url_with("experiments", project.id, **asked, after=last) if found.has_more else "",
        "asked": asked,
        "ignored": ignored_in(request.GET, asked, ids="exp", refused=refused),
        "any": bool(sets),
        "set_choices": sets,
        "assistant_choices": sorted(
            ((key, one.name or key) for key, one in names.items()), key=lambda one: one[1].lower()
        ),
        "state_choices": [(each, experiment_word(each)) for each in states.EXPERIMENT_STATES],
        "has_sets": bool(sets) or TestSet.objects.filter(project=project).exists(),
        "new_url": url_with("new_experiment", project.id, set=asked["set"]),
    }
    return render(request, "experiments/index.html", context)


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()


def _line(one: ListedExperiment) -> Line:
    return Line(
        experiment=one.experiment,
        badge=experiment_badge(one.experiment.state),
        variants=[variant.name for variant in one.variants],
        verdicts=verdict_lines(one.experiment, one.variants),
        cells=one.cells,
        ended=one.ended,
        time_left=time_left(one.seconds_left),
        is_running=one.experiment.state == states.RUNNING,
    )
