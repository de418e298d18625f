"""The few column types that all tables share."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json

from assistants_app.domain.ids import new_id


class WireField(models.JSONField):
    """JSON as it came over the wire: keys keep their order, which `jsonb` would sort away.

    A schema's order of properties is the order in which models write them.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        return value if value is None or hasattr(value, "as_sql") else Json(value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return value


def id_field(prefix: str, separator: str = "_") -> "models.CharField[str, str]":
    """A primary key of the vendor's form that sorts by time (C collation: byte by byte)."""
    # "_" is left out, so that migrations see no change of ids that have always had it.
    given = (prefix,) if separator == "_" else (prefix, separator)
    factory: Callable[[], str] = partial(new_id, *given)
    return models.CharField(
        primary_key=True, max_length=64, default=factory, editable=False, db_collation="C"
    )


def reference_field(**options: Any) -> "models.CharField[str, str]":
    """An id of an object that may be deleted while this row stays: no foreign key."""
    return models.CharField(max_length=64, db_collation="C", **options)
