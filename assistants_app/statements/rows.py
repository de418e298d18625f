"""SQL for rows of models, and the values of a row as the ORM would write them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from assistants_app.models.fields import IdField
from assistants_app.statements.execute import fetch

ModelType = TypeVar("ModelType", bound=models.Model)
Prepare = Callable[[Any], Any]

# Fields whose values go to the database as they are. The others convert them.
_AS_THEY_ARE = (
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.FloatField,
    models.IntegerField,
    models.TextField,
)


def insert(
    model: type[models.Model],
    source: str,
    rows: int = 1,
    *,
    unless_there: bool = False,
    computed: Mapping[str, str] | None = None,
) -> str:
    """Return an INSERT of `rows` rows, which depends on the rows of `source`.

    `source` is a table of the statement with a row if the rows shall be inserted, and without one
    if not. The parameters are those of :func:`values` for each row. With `unless_there`, rows
    that the table has already are skipped. `computed` has SQL for columns, by name, in which the
    given row is ``new``.
    """
    # With types, because in a SELECT the server can't tell them from the columns.
    row = ", ".join(f"%s::{_type_of(field)}" for field in _fields(model))
    table = model._meta.db_table
    rows_given = ", ".join([f"({row})"] * rows)
    every = (
        (computed or {}).get(field.attname, f"new.{_column(field)}") for field in _fields(model)
    )
    return (
        f"INSERT INTO {table} ({_listed(model)}) SELECT {', '.join(every)}"
        f" FROM {source}, (VALUES {rows_given}) AS new ({_listed(model)})"
        f"{' ON CONFLICT DO NOTHING' if unless_there else ''} RETURNING 1"
    )


def values(*rows: models.Model) -> list[Any]:
    """Return the parameters of :func:`insert`, and mark the rows as stored."""
    given: list[Any] = []
    for row in rows:
        for field, prepare in _prepared(type(row)):
            value = field.pre_save(row, True)
            given.append(value if prepare is None or value is None else prepare(value))
        row._state.adding, row._state.db = False, connection.alias
    return given


@cache
def update(model: type[models.Model], names: tuple[str, ...], condition: str) -> str:
    """Return an UPDATE of these columns. The parameters are those of :func:`changes`."""
    set_all = ", ".join(f"{_column(_field(model, name))} = %s" for name in names)
    return f"UPDATE {model._meta.db_table} SET {set_all} {condition} RETURNING 1"


def changes(row: models.Model, names: Iterable[str]) -> list[Any]:
    """Return the values of these columns, as the ORM would write them."""
    given = []
    for name in names:
        field, prepare = _prepared_field(type(row), name)
        value = field.pre_save(row, False)
        given.append(value if prepare is None or value is None else prepare(value))
    return given


def write(row: models.Model, names: tuple[str, ...]) -> bool:
    """Write these columns of a stored row. Return whether the row was there."""
    statement = update(type(row), names, "WHERE id = %s")
    return fetch(statement, [*changes(row, names), row.pk]) is not None


@cache
def columns_but_key(model: type[models.Model]) -> tuple[str, ...]:
    """Return the names of all columns but the primary key, which ``save()`` writes."""
    return tuple(field.attname for field in _fields(model) if not field.primary_key)


@cache
def read_columns(model: type[models.Model], table: str = "") -> str:
    """Return the columns that :func:`row_of` needs, for a SELECT or RETURNING."""
    table = table or model._meta.db_table
    return ", ".join(f"{table}.{_column(field)}" for field in _read_fields(model))


@cache
def width_of(model: type[models.Model]) -> int:
    """Return the number of :func:`read_columns`."""
    return len(_read_fields(model))


def row_of(model: type[ModelType], record: Sequence[Any]) -> ModelType | None:
    """Return a row with these columns, or None if its primary key is NULL."""
    fields = _read_fields(model)
    converted = [
        value if convert is None else convert(value, None, connection)
        for value, convert in zip(record, _converters(model), strict=True)
    ]
    if converted[fields.index(model._meta.pk)] is None:
        return None
    return model.from_db(connection.alias, [field.attname for field in fields], converted)


@cache
def columns(model: type[models.Model], names: Sequence[str]) -> str:
    """Return columns of the model, for a SELECT."""
    return ", ".join(_column(_field(model, name)) for name in names)


@cache
def _fields(model: type[models.Model]) -> tuple["models.Field[Any, Any]", ...]:
    return tuple(model._meta.concrete_fields)


@cache
def _read_fields(model: type[models.Model]) -> tuple["models.Field[Any, Any]", ...]:
    # Like the ORM, without what the model's manager defers.
    names, is_deferred = model._default_manager.get_queryset().query.deferred_loading
    left_out = names if is_deferred else frozenset()
    return tuple(field for field in _fields(model) if field.name not in left_out)


@cache
def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    [field] = [field for field in _fields(model) if name in (field.name, field.attname)]
    return field


@cache
def _listed(model: type[models.Model]) -> str:
    return ", ".join(_column(field) for field in _fields(model))


def _column(field: "models.Field[Any, Any]") -> str:
    return connection.ops.quote_name(field.column or "")


@cache
def _prepared(
    model: type[models.Model],
) -> tuple[tuple["models.Field[Any, Any]", Prepare | None], ...]:
    return tuple((field, _prepare_of(field)) for field in _fields(model))


@cache
def _prepared_field(
    model: type[models.Model], name: str
) -> tuple["models.Field[Any, Any]", Prepare | None]:
    field = _field(model, name)
    return field, _prepare_of(field)


def _prepare_of(field: "models.Field[Any, Any]") -> Prepare | None:
    # Text of a CharField is text already: rows are made of checked requests and of other rows.
    if isinstance(field, _AS_THEY_ARE) and not isinstance(field, IdField):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


@cache
def _converters(model: type[models.Model]) -> tuple[Callable[..., Any] | None, ...]:
    return tuple(getattr(field, "from_db_value", None) for field in _read_fields(model))


def _type_of(field: "models.Field[Any, Any]") -> str:
    # Without its length: a cast would cut a text that is too long, and an assignment refuses it.
    return re.sub(r"\(.*?\)", "", field.db_type(connection) or "")
