"""Reads of saved values of variables."""

from assistants_app.domain.errors import NotFound
from assistants_app.models import Project, ValueSet


def value_sets_of(project: Project, assistant_id: str) -> list[ValueSet]:
    """Return the assistant's sets of values by their names, without the values."""
    rows = ValueSet.objects.filter(project=project, assistant_id=assistant_id)
    return list(rows.defer("values").order_by("name"))


def get_value_set(project: Project, assistant_id: str, set_id: int) -> ValueSet:
    """Return the set. Raises :class:`NotFound`."""
    rows = ValueSet.objects.filter(project=project, assistant_id=assistant_id)
    found = rows.filter(pk=set_id).first()
    if found is None:
        raise NotFound("set of values", str(set_id))
    return found
