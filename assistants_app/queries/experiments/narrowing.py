"""What the list of experiments can be narrowed to."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform

from assistants_app.models import Experiment, ExperimentVariant, Project


@dataclass(frozen=True, slots=True)
class ExperimentFilter:
    """Which experiments are listed: on a test set, with an assistant, in a state. "" is any."""

    set_id: str = ""
    assistant_id: str = ""
    state: str = ""


ANY_EXPERIMENT = ExperimentFilter()


def narrowed(
    rows: "QuerySet[Experiment]", narrow: ExperimentFilter = ANY_EXPERIMENT
) -> "QuerySet[Experiment]":
    """Return the experiments that the filter finds."""
    if narrow.set_id:
        rows = rows.filter(test_set_id=narrow.set_id)
    if narrow.state:
        rows = rows.filter(state=narrow.state)
    if narrow.assistant_id:
        variants = ExperimentVariant.objects.filter(experiment=OuterRef("pk"))
        of_assistant = variants.annotate(tested=_ASSISTANT).filter(tested=narrow.assistant_id)
        rows = rows.filter(Exists(of_assistant))
    return rows


_ASSISTANT = KeyTextTransform("assistant_id", "configuration")


def sets_tested(project: Project) -> list[tuple[str, str]]:
    """Return the test sets that experiments of the project were made with, by their names.

    A set that was renamed has the name that the newest experiment knows.
    """
    rows = Experiment.objects.filter(project=project, deleted_at=None)
    newest = rows.order_by("test_set_id", "-pk").distinct("test_set_id")
    found = newest.values_list("test_set_id", "test_set_name")
    return sorted(found, key=lambda one: one[1].lower())


def assistants_tested(project: Project) -> list[str]:
    """Return the IDs of assistants that experiments of the project have tested."""
    variants = ExperimentVariant.objects.filter(
        experiment__project=project, experiment__deleted_at=None
    )
    found = variants.annotate(tested=_ASSISTANT).values_list("tested", flat=True).distinct()
    return [one for one in found if one]
