"""The page of an experiment: its verdict, how far it is, and the matrix of rows and variants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.asking import text_of_turn
from assistants_app.domain.verdicts.words import Names, isolated
from assistants_app.models import Experiment, ExperimentVariant, Project, TestSet
from assistants_app.models.experiments.snapshots import CellGroup, MatrixRow
from assistants_app.queries.experiments import matrix as queries
from assistants_app.queries.experiments.evidence import verdicts_of
from assistants_app.queries.experiments.experiments import get_experiment, progress_of, variants_of
from assistants_app.queries.experiments.figures import (
    VariantFigures,
    figures_of_variants,
    spreads_of_variants,
    tags_of,
)
from assistants_app.rendering.charts.spreads import Series, render_costs, render_latencies
from assistants_app.rendering.charts.verdicts import points_axis, render_verdict
from assistants_app.rendering.experiments.cells import CellView, cell_view
from assistants_app.rendering.experiments.progress import progress_view
from assistants_app.rendering.experiments.words import metric_name
from assistants_app.web.experiments.fields import LETTERS
from assistants_app.web.http import project_view, reload, url_with, whole_number

TITLE = 120  # characters of a row's first message
OVER = "experiment-over"  # an event of the page, which then loads the verdict
SHOWN: tuple[tuple[str, str | Promise], ...] = (
    (queries.ALL, gettext_lazy("All")),
    (queries.WORSE, gettext_lazy("Regressions")),
    (queries.BETTER, gettext_lazy("Improvements")),
    (queries.FAILED, gettext_lazy("Failures")),
    (queries.DISAGREEING, gettext_lazy("Disagreements")),
    (queries.WITHOUT, gettext_lazy("Errors")),
)


@dataclass(frozen=True, slots=True)
class VariantLine:
    """A variant with its letter and its figures so far."""

    letter: str
    position: int
    name: str
    model: str
    is_baseline: bool
    figures: VariantFigures


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict as HTML, with the names of what it compares."""

    names: Names
    html: SafeString


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that shows other rows, with how many they are."""

    label: str | Promise
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A cell with its link."""

    key: str
    letter: str
    url: str
    view: CellView


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A row of the table. `index` counts the rows of all pages, with the head as the first."""

    index: int
    number: int
    key: str
    title: str
    tags: Sequence[str]
    cells: Sequence[MatrixCell]


@project_view("GET", verb="read")
def experiment(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Show the experiment with a ``page`` of its matrix.

    ``show`` chooses its rows, as do ``tag`` and ``q``, a text in them. ``order`` is "regressions"
    or "set"; without it, an experiment that isn't over is shown as its test set is.
    """
    found = get_experiment(project, experiment_id)
    context = {
        "project": project,
        "section": "experiments",
        "experiment": found,
        **_about(found),
        "progress": progress_view(progress_of(found)),
        "verdicts": _verdicts(found),
        "variants": _variants(found),
        **_matrix_context(request, found),
    }
    return render(request, "experiments/page.html", context)


@project_view("GET", verb="read", gone=reload)
def progress(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Return how far the experiment is."""
    found = get_experiment(project, experiment_id)
    view = progress_view(progress_of(found))
    context = {"project": project, "experiment": found, "progress": view}
    response = render(request, "experiments/_progress.html", context)
    if not view.is_active:
        response["HX-Trigger"] = OVER
    return response


@project_view("GET", verb="read")
def charts(request: HttpRequest, project: Project, experiment_id: str) -> HttpResponse:
    """Show how the times and costs of the variants' cells spread."""
    found = get_experiment(project, experiment_id)
    spreads = spreads_of_variants(found)
    named = [
        (f"{LETTERS[one.position]} {one.name}", spreads[one.position]) for one in variants_of(found)
    ]
    context = {
        "project": project,
        "section": "experiments",
        "experiment": found,
        "latencies": render_latencies(
            [Series(name, one.seconds) for name, one in named], title=_("Time of a cell")
        ),
        "costs": render_costs(
            [Series(name, one.dollars) for name, one in named], title=_("Cost of a cell")
        ),
    }
    return render(request, "experiments/charts.html", context)


def _about(found: Experiment) -> dict[str, Any]:
    points = round(100 * found.margin, 1)
    words = ngettext("%(points)s point", "%(points)s points", 1 if points == 1 else 2)
    return {
        "set_exists": TestSet.objects.filter(pk=found.test_set_id).exists(),
        "metric_name": metric_name(found.main_metric),
        "margin_words": words % {"points": f"{points:g}"},
        "may_extend": found.state != states.READY,
    }


def _verdicts(found: Experiment) -> list[ShownVerdict]:
    """Return the verdict on each variant but the baseline, drawn on one axis."""
    if not found.is_finished:
        return []
    baseline = variants_of(found)[0]
    verdicts = verdicts_of(found)
    axis = points_axis(verdict for _variant, verdict in verdicts)
    shown = []
    for variant, verdict in verdicts:
        names = Names(_named(baseline), _named(variant))
        element = f"verdict-{variant.position}"
        shown.append(
            ShownVerdict(names, render_verdict(verdict, names, element=element, axis=axis))
        )
    return shown


def _named(variant: ExperimentVariant) -> str:
    return f"{LETTERS[variant.position]} ({isolated(variant.name)})"


def _variants(found: Experiment) -> list[VariantLine]:
    figures: Mapping[int, VariantFigures] = figures_of_variants(found)
    return [
        VariantLine(
            letter=LETTERS[one.position],
            position=one.position,
            name=one.name,
            model=one.model,
            is_baseline=one.is_baseline,
            figures=figures.get(one.position, VariantFigures()),
        )
        for one in variants_of(found)
    ]


def _matrix_context(request: HttpRequest, found: Experiment) -> dict[str, Any]:
    asked = {name: _text(request, name) for name in ("show", "tag", "q", "order")}
    shown = asked["show"] if asked["show"] in queries.SHOWN else queries.ALL
    usual = queries.REGRESSIONS if found.state in states.OVER else queries.AS_IN_SET
    order = asked["order"] if asked["order"] in queries.SORTS else usual
    view = queries.MatrixView(
        page=max(whole_number(request.GET.get("page", "")) or 1, 1),
        shown=shown,
        sort=order,
        text=asked["q"],
        tag=asked["tag"],
    )
    page = queries.matrix_page(found, view)
    first = (page.number - 1) * queries.ROWS + 1

    def url(**changed: str) -> str:
        return url_with("experiment", found.project_id, found.pk, **{**asked, **changed})

    return {
        **asked,
        "order": order,
        "orders": (
            (queries.REGRESSIONS, _("Regressions first")),
            (queries.AS_IN_SET, _("As in the test set")),
        ),
        "choices": [
            Choice(
                label,
                page.counts[value],
                url(show=value if value != queries.ALL else ""),
                value == shown,
            )
            for value, label in SHOWN
        ],
        "tags": tags_of(found),
        "rows": [_line(found, index, row) for index, row in enumerate(page.items, first + 1)],
        "count": page.rows,
        "first": first,
        "last": first + len(page.items) - 1,
        "previous": url(page=str(page.number - 1)) if page.number > 1 else "",
        "next": url(page=str(page.number + 1)) if page.number < page.pages else "",
    }


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()


def _line(found: Experiment, index: int, row: MatrixRow) -> MatrixLine:
    content = row.row.content
    asked = content.get("description") or text_of_turn(content, 0, {})
    return MatrixLine(
        index=index,
        number=row.row.position + 1,
        key=row.row.key,
        title=" ".join(asked.split())[:TITLE],
        tags=content.get("tags") or (),
        cells=[_cell(found, row, group) for group in row.groups],
    )


def _cell(found: Experiment, row: MatrixRow, group: CellGroup) -> MatrixCell:
    view, position = cell_view(group), group.variant.position
    ids = (found.project_id, found.pk, row.row.position, position)
    number = row.row.position + 1
    return MatrixCell(
        key=f"cell-{number}-{LETTERS[position]}",
        letter=LETTERS[position],
        url=reverse("experiment_cell", args=ids),
        view=view,
    )
