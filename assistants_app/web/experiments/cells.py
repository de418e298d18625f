"""One cell of the matrix, and the configuration of a variant."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from assistants_app.domain.experiments.grades import LETTERS
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentVariant,
    Project,
    Run,
    Thread,
)
from assistants_app.queries.checks.judge_calls import judge_calls_of_runs
from assistants_app.queries.experiments.experiments import (
    get_cell,
    get_experiment,
    variants_of,
)
from assistants_app.queries.experiments.grading import grades_of
from assistants_app.queries.experiments.opened import cells_of_row
from assistants_app.queries.runs.runs import runs_by_id, steps_of_runs
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.rendering.checks.judge_calls import render_judge_calls
from assistants_app.rendering.experiments.cells import state_word
from assistants_app.rendering.experiments.drawer import (
    cell_words,
    grade_words,
    graded_parts,
    run_lines,
)
from assistants_app.rendering.text.folded_json import render_json
from assistants_app.rendering.threads.items import render_bare_items
from assistants_app.web.http import project_view, url_with, whole_number
from assistants_app.web.threads.page import growing_bodies


@project_view("GET", verb="read")
def cell(
    request: HttpRequest, project: Project, experiment_id: str, row: int, variant: int
) -> HttpResponse:
    """Show the cell of a row, by its place in the test set, with a variant: its thread, checks and
    figures. ``repeat`` chooses one of its repeats.
    """
    experiment = get_experiment(project, experiment_id)
    cells = cells_of_row(experiment, row)
    of_variant = [one for one in cells if one.variant.position == variant]
    if not of_variant:
        raise Http404("No such cell.")
    number = whole_number(request.GET.get("repeat", "")) or 1
    chosen = next((one for one in of_variant if one.repeat == number), of_variant[0])
    found = get_cell(experiment, chosen.pk)
    runs = _runs(found)
    context = {
        "project": project,
        "section": "experiments",
        "experiment": experiment,
        "cell": found,
        "row": found.row,
        "letter": LETTERS[variant],
        "state": state_word(found.state),
        "says": cell_words(found),
        "parts": graded_parts(found),
        "runs": run_lines(runs, steps_of_runs({run.id for run in runs})),
        "judged": render_judge_calls(judge_calls_of_runs([run.id for run in runs])),
        "thread": _thread(found),
        "said": [(grade.name, grade_words(grade)) for grade in grades_of(found)],
        "tabs": [_tab(experiment, row, one, found) for one in _one_each(cells)],
        "repeats": [_repeat(experiment, row, one, found) for one in of_variant],
        "apart": _apart(project, cells, found),
        "expected": render_json(found.row.content.get("expected") or {}),
    }
    return render(request, "experiments/cell.html", context)


def _runs(found: ExperimentCell) -> list[Run]:
    by_id = runs_by_id({*found.run_ids})
    return [by_id[run_id] for run_id in found.run_ids if run_id in by_id]


def _thread(found: ExperimentCell) -> SafeString | None:
    """Return the rows of the cell's thread, or None if it has none any more."""
    if not found.thread_id:
        return None
    try:
        snapshot = thread_snapshot(found.thread_id)
    except Thread.DoesNotExist:
        return None
    bodies = growing_bodies(snapshot.thread, snapshot.runs.current)
    return render_bare_items(snapshot.part, bodies)


def _one_each(cells: Sequence[ExperimentCell]) -> list[ExperimentCell]:
    """Return the first repeat of each variant, the baseline's first."""
    firsts = {one.variant.position: one for one in reversed(cells)}
    return [firsts[position] for position in sorted(firsts)]


def _tab(
    experiment: Experiment, row: int, one: ExperimentCell, found: ExperimentCell
) -> dict[str, Any]:
    position = one.variant.position
    return {
        "letter": LETTERS[position],
        "name": one.variant.name,
        "url": _url(experiment, row, position, found.repeat),
        "chosen": one.variant_id == found.variant_id,
    }


def _repeat(
    experiment: Experiment, row: int, one: ExperimentCell, found: ExperimentCell
) -> dict[str, Any]:
    return {
        "number": one.repeat,
        "state": state_word(one.state),
        "passed": one.passed,
        "url": _url(experiment, row, one.variant.position, one.repeat),
        "chosen": one.pk == found.pk,
    }


def _url(experiment: Experiment, row: int, position: int, repeat: int) -> str:
    ids = (experiment.project_id, experiment.pk, row, position)
    return url_with("experiment_cell", *ids, repeat=str(repeat))


def _apart(
    project: Project, cells: Sequence[ExperimentCell], found: ExperimentCell
) -> list[dict[str, str]]:
    """Return links to where this run and those of other variants on the same row part."""
    others = [
        one
        for one in _same_repeat(cells, found.repeat)
        if one.variant_id != found.variant_id and one.run_id and found.run_id
    ]
    return [
        {
            "letter": LETTERS[one.variant.position],
            "url": reverse("divergence", args=[project.id, *_in_order(one, found)]),
        }
        for one in others
    ]


def _same_repeat(cells: Sequence[ExperimentCell], repeat: int) -> list[ExperimentCell]:
    return [one for one in cells if one.repeat == repeat]


def _in_order(one: ExperimentCell, other: ExperimentCell) -> tuple[str, str]:
    # The baseline, or what is nearer to it, is on the left.
    first, second = sorted((one, other), key=lambda each: each.variant.position)
    return first.run_id, second.run_id


@project_view("GET", verb="read")
def variant(
    request: HttpRequest, project: Project, experiment_id: str, variant: int
) -> HttpResponse:
    """Show the frozen configuration of a variant."""
    experiment = get_experiment(project, experiment_id)
    found = next((one for one in variants_of(experiment) if one.position == variant), None)
    if found is None:
        raise Http404("No such variant.")
    context = {
        "project": project,
        "section": "experiments",
        "experiment": experiment,
        "variant": found,
        "letter": LETTERS[found.position],
        "values": render_json(found.configuration["values"]),
        "where": _where_from(found),
    }
    return render(request, "experiments/variant.html", context)


def _where_from(found: ExperimentVariant) -> dict[str, Any]:
    frozen = found.frozen
    return {
        "assistant_id": frozen.assistant_id,
        "version": frozen.version_number,
        "used_draft": frozen.used_draft,
    }
