"""Rows in every table that belongs to a project, made from the models alone."""

from decimal import Decimal
from itertools import chain, combinations
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from assistants_app.models import Project
from assistants_app.services.project.owned_tables import OwnedTable, owned_tables

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
    made: dict[Any, Any] = {Project: project, User: user}
    for table in reversed(owned_tables()):
        rows = table.model._base_manager.filter(**{table.path: project.pk})
        if not rows.exists():
            _insert(table, made)
        made[table.model] = rows.get() if rows.count() == 1 else rows[0]


def _insert(table: OwnedTable, made: dict[Any, Any]) -> None:
    # Constraints may ask for some of the columns, so all combinations are tried.
    columns = _columns(table.model, made)
    optional = {
        key.name: made[key.related_model]
        for key in _foreign_keys(table.model)
        if key.null and key.related_model in made
    }
    faults = []
    sizes = range(len(optional) + 1)
    for names in chain.from_iterable(combinations(optional, size) for size in sizes):
        more = {name: optional[name] for name in names}
        try:
            with transaction.atomic():
                table.model(**columns, **more).save(force_insert=True)
        except IntegrityError as fault:
            faults.append(fault)
        else:
            if table.model._base_manager.filter(**{table.path: made[Project].pk}).exists():
                return
    raise AssertionError(f"No row fits into {table.model.__name__}: {faults}")


def _foreign_keys(model: Any) -> list[Any]:
    return [one for one in model._meta.concrete_fields if isinstance(one, models.ForeignKey)]


def _columns(model: Any, made: dict[Any, Any]) -> dict[str, Any]:
    values = {key.name: made[key.related_model] for key in _foreign_keys(model) if not key.null}
    allowed = _allowed(model)
    for field in model._meta.concrete_fields:
        given = field.has_default() or field.null or field.primary_key or has_db_default(field)
        if not (given or isinstance(field, models.ForeignKey)):
            values[field.name] = allowed.get(field.name) or _value(field)
            if field.name.endswith("_id"):
                # Nothing else may show whose row it is.
                values[field.name] = made[Project].pk
    return values


def _allowed(model: Any) -> dict[str, Any]:
    """Return a value for each column for which a constraint lists the values."""
    conditions = [getattr(one, "condition", None) for one in model._meta.constraints]
    pairs = [pair for condition in conditions for pair in getattr(condition, "children", ())]
    return {
        pair[0].removesuffix("__in"): next(iter(pair[1]))
        for pair in pairs
        if isinstance(pair, tuple) and pair[0].endswith("__in")
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
