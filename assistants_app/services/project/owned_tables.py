"""The tables whose rows belong to a project, found by their foreign keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CASCADE, ForeignKey, Model

from assistants_app.models import Project


@dataclass(frozen=True, slots=True)
class OwnedTable:
    """A table whose rows belong to a project. `path` is the lookup that leads to its ID."""

    model: type[Model]
    path: str
    refers_to_itself: bool

    def ids_of(self, project_id: str, *, limit: int) -> list[Any]:
        """Return the primary keys of some of the project's rows."""
        rows = self.model._base_manager.filter(**{self.path: project_id})
        if self.refers_to_itself:
            # Replies go before what they reply to.
            rows = rows.order_by("-pk")
        return list(rows.values_list("pk", flat=True)[:limit])

    def delete(self, ids: list[Any]) -> None:
        """Delete these rows, without looking for rows that refer to them."""
        # Django would read all columns and everything that refers to a row before it deletes it.
        quoted = connection.ops.quote_name
        table, pk = self.model._meta.db_table, self.model._meta.pk
        assert pk is not None, "each table has a primary key"
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {quoted(table)} WHERE {quoted(pk.column)} = ANY(%s)", [ids]
            )


@cache
def owned_tables() -> tuple[OwnedTable, ...]:
    """Return all tables whose rows belong to a project. A table comes before those it refers to.

    Rows belong to what they are deleted with (``on_delete=CASCADE``), so a new table is among them
    as soon as there is a model.
    """
    paths: dict[type[Model], str] = {Project: ""}
    frontier = [Project]
    while frontier:  # Level by level, so that each path is the shortest.
        owners, frontier = frontier, []
        for model, key in _owning_keys():
            if key.related_model in owners and model not in paths:
                beyond = paths[key.related_model]
                paths[model] = f"{key.name}__{beyond}" if beyond else key.attname
                frontier.append(model)
    del paths[Project]
    order = TopologicalSorter[type[Model]]({model: set() for model in paths})
    for model in paths:
        for key in _foreign_keys(model):
            if key.related_model in paths and key.related_model is not model:
                order.add(key.related_model, model)
    return tuple(
        OwnedTable(
            model,
            paths[model],
            refers_to_itself=any(key.related_model is model for key in _foreign_keys(model)),
        )
        for model in order.static_order()
    )


def _owning_keys() -> Iterator[tuple[type[Model], "ForeignKey[Any, Any]"]]:
    for model in apps.get_models(include_auto_created=True):
        for key in _foreign_keys(model):
            if key.remote_field.on_delete is CASCADE:
                yield model, key


def _foreign_keys(model: type[Model]) -> Iterator["ForeignKey[Any, Any]"]:
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            yield field
