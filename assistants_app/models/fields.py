"""Column types that the tables share."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json

from assistants_app.domain.ids import new_id


class WireField(models.JSONField):
    """A column for JSON as it was sent, with its keys in their order."""

    # `jsonb` sorts keys. Models write an object's properties in the order of its schema, so the
    # order has to survive (docs/adr/0003).

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        return value if value is None or hasattr(value, "as_sql") else Json(value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return value


def id_field(prefix: str, separator: str = "_") -> "models.CharField[str, str]":
    """Return a primary key with ids in the vendor's format, which sort by time.

    That needs the C collation, which compares byte by byte.
    """
    # The usual separator is not passed on: migrations would see a change of all ids that have it.
    given = (prefix,) if separator == "_" else (prefix, separator)
    factory: Callable[[], str] = partial(new_id, *given)
    return models.CharField(
        primary_key=True, max_length=64, default=factory, editable=False, db_collation="C"
    )


def reference_field(**options: Any) -> "models.CharField[str, str]":
    """Return a column for the id of an object that may be deleted before this row.

    It is no foreign key.
    """
    return models.CharField(max_length=64, db_collation="C", **options)
