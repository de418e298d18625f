"""Reads of experiments, and of how far they are."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Count, Prefetch, Q
from django.utils import timezone

from assistants_app.domain.errors import NotFound
from assistants_app.domain.experiments import states
from assistants_app.domain.lists import PageParams
from assistants_app.domain.verdicts.plans import time_left
from assistants_app.models import Experiment, ExperimentCell, ExperimentVariant, Project
from assistants_app.models.experiments.snapshots import ListedExperiment, Progress
from assistants_app.queries.experiments.narrowing import narrowed
from assistants_app.queries.pages import Page, read_page


def get_experiment(project: Project, experiment_id: str) -> Experiment:
    """Return the experiment. Raises :class:`NotFound`."""
    rows = Experiment.objects.filter(project=project, pk=experiment_id, deleted_at=None)
    experiment = rows.select_related("author").first()
    if experiment is None:
        raise NotFound("experiment", experiment_id)
    experiment.project = project
    return experiment


def existing_experiments(project: Project, ids: Collection[str]) -> set[str]:
    """Return those of the IDs whose experiments haven't been deleted."""
    if not ids:
        return set()
    found = Experiment.objects.filter(project=project, pk__in=ids, deleted_at=None)
    return set(found.values_list("pk", flat=True))


def list_experiments(
    project: Project,
    page: PageParams,
    *,
    set_id: str = "",
    assistant_id: str = "",
    state: str = "",
) -> Page[ListedExperiment]:
    """Return a page of the project's experiments, newest first, or of those on a test set, with an
    assistant, or in a state.
    """
    rows = Experiment.objects.filter(project=project, deleted_at=None).select_related("author")
    rows = narrowed(rows, set_id=set_id, assistant_id=assistant_id, state=state)
    # A configuration may be long, and a list shows nothing of it.
    variants = ExperimentVariant.objects.defer("configuration", "variables")
    found = read_page(rows.prefetch_related(Prefetch("variants", variants)), page)
    ids = [experiment.pk for experiment in found.items]
    cells = ExperimentCell.objects.filter(experiment__in=ids).order_by().values("experiment")
    counted = {
        each["experiment"]: (each["cells"], each["ended"])
        for each in cells.annotate(
            cells=Count("pk"), ended=Count("pk", filter=Q(state__in=states.ENDED))
        )
    }
    listed = [
        _listed(experiment, *counted.get(experiment.pk, (0, 0))) for experiment in found.items
    ]
    return Page(listed, found.has_more)


def _listed(experiment: Experiment, cells: int, ended: int) -> ListedExperiment:
    variants = sorted(experiment.variants.all(), key=lambda variant: variant.position)
    seconds = _seconds_left(experiment, ended, cells - ended)
    return ListedExperiment(experiment, variants, cells, ended, seconds)


def variants_of(experiment: Experiment) -> list[ExperimentVariant]:
    """Return the variants, the baseline first."""
    return list(experiment.variants.order_by("position"))


def get_cell(experiment: Experiment, cell_id: str) -> ExperimentCell:
    """Return the cell with its row and variant. Raises :class:`NotFound`."""
    cells = ExperimentCell.objects.select_related("row", "variant")
    cell = cells.filter(experiment=experiment, pk=cell_id).first()
    if cell is None:
        raise NotFound("cell", cell_id)
    return cell


def progress_of(experiment: Experiment) -> Progress:
    """Return how far the experiment is."""
    cells = ExperimentCell.objects.filter(experiment=experiment)
    counts: Counter[str] = Counter(dict.fromkeys(states.CELL_STATES, 0))
    faults = 0
    counted = (
        cells.order_by()
        .values("state")
        .annotate(number=Count("pk"), faulty=Count("pk", filter=Q(fault=True)))
    )
    for each in counted:
        counts[each["state"]] += each["number"]
        faults += each["faulty"] if each["state"] == states.ERROR else 0
    ended = sum(counts[state] for state in states.ENDED)
    left = sum(counts[state] for state in states.OPEN) - counts[states.FOR_PERSON]
    return Progress(experiment, dict(counts), faults, _seconds_left(experiment, ended, left))


def _seconds_left(experiment: Experiment, ended: int, left: int) -> float | None:
    if experiment.resumed_at is None:
        return None
    ran = experiment.ran_seconds + (timezone.now() - experiment.resumed_at).total_seconds()
    return time_left(done=ended, left=left, seconds=ran)
