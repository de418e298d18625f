"""Reads of saved values of variables."""

from collections.abc import Collection
from typing import Any

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


def names_of_value_sets(project: Project, assistant_ids: Collection[str]) -> list[str]:
    """Return the names of the sets of these assistants, each once and in their order."""
    rows = ValueSet.objects.filter(project=project, assistant_id__in=assistant_ids)
    return list(rows.order_by("name").values_list("name", flat=True).distinct())


def values_named(project: Project, assistant_ids: Collection[str], name: str) -> dict[str, Any]:
    """Return the values of the sets of this name, by variable. Of equal variables, the newest."""
    rows = ValueSet.objects.filter(project=project, assistant_id__in=assistant_ids, name=name)
    found: dict[str, Any] = {}
    for saved in rows.order_by("saved_at", "pk"):
        found |= saved.values
    return found
