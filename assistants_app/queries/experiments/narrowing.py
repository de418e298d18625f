"""What the list of experiments can be narrowed to."""

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform

from assistants_app.models import Experiment, ExperimentVariant, Project

_ASSISTANT = KeyTextTransform("assistant_id", "configuration")


def narrowed(
    rows: "QuerySet[Experiment]", *, set_id: str, assistant_id: str, state: str
) -> "QuerySet[Experiment]":
    """Return the experiments on a test set, with an assistant and in a state. "" is any."""
    if set_id:
        rows = rows.filter(test_set_id=set_id)
    if state:
        rows = rows.filter(state=state)
    if assistant_id:
        variants = ExperimentVariant.objects.filter(experiment=OuterRef("pk"))
        rows = rows.filter(Exists(variants.annotate(tested=_ASSISTANT).filter(tested=assistant_id)))
    return rows


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
