"""Rows in every table that belongs to a project, made from the models alone."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.utils import timezone

from assistants_app.models import Project
from assistants_app.services.project.owned_tables import owned_tables

_VALUES: dict[Any, Any] = {
    models.BooleanField: False,
    models.DecimalField: Decimal(1),
    models.FloatField: 1.0,
    models.DateTimeField: timezone.now(),
    models.DateField: timezone.now().date(),
    models.BinaryField: b"",
    models.JSONField: {},
    models.IntegerField: 1,
}


def fill_every_table(project: Project, user: User) -> None:
    """Insert a row of the project into each table that has none."""
    made: dict[type[models.Model], Any] = {Project: project, User: user}
    for table in reversed(owned_tables()):
        rows = table.model._base_manager.filter(**{table.path: project.pk})
        row = rows.first()
        if row is None:
            row = table.model(**_columns(table.model, made))
            row.save(force_insert=True)
            assert rows.exists(), table.model
        made[table.model] = row


def _columns(model: type[models.Model], made: dict[type[models.Model], Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    allowed = _allowed(model)
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            needed = not field.null or field.remote_field.on_delete is models.CASCADE
            # A row that refers to its own table can do without.
            if needed and field.related_model is not model:
                values[field.name] = made[field.related_model]
        elif not (field.has_default() or field.null or field.primary_key or has_db_default(field)):
            values[field.name] = allowed.get(field.name) or _value(field)
    return values


def _allowed(model: type[models.Model]) -> dict[str, Any]:
    """Return a value for each column for which a constraint lists the values."""
    return {
        lookup.removesuffix("__in"): next(iter(values))
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        for lookup, values in getattr(constraint.condition, "children", ())
        if lookup.endswith("__in")
    }


def has_db_default(field: "models.Field[Any, Any]") -> bool:
    return field.db_default is not models.NOT_PROVIDED


def _value(field: "models.Field[Any, Any]") -> Any:
    if field.choices:
        return field.choices[0][0]
    for kind, value in _VALUES.items():
        if isinstance(field, kind):
            return value
    if isinstance(field, models.CharField):
        return "x" * min(field.max_length or 8, 8)
    if type(field).__name__ == "HalfVectorField":
        return [0.1, 0.2, 0.3]
    return "x"


def ids_of(project: Project) -> set[str]:
    """Return the IDs of the project and of all its objects that have text as an ID."""
    found = {project.pk}
    for table in owned_tables():
        rows = table.model._base_manager.filter(**{table.path: project.pk})
        found |= {pk for pk in rows.values_list("pk", flat=True) if isinstance(pk, str)}
    return found


def leftovers(ids: set[str]) -> dict[str, int]:
    """Return how many rows of each table of the database have one of these IDs anywhere."""
    wanted = [f"%{one}%" for one in ids]
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT count(*) FROM {name} AS t WHERE t::text LIKE ANY (%s)", [wanted]
            )
            [(count,)] = cursor.fetchall()
            if count:
                found[table] = count
    return found
