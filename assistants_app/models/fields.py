"""Column types that the tables share."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

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


if TYPE_CHECKING:
    _Characters = models.CharField[str, str]
else:
    _Characters = models.CharField


class IdField(_Characters):
    """A column of ids. A lookup with any text finds nothing or the row, and is never an error."""

    def get_prep_value(self, value: Any) -> Any:
        """Return the id as PostgreSQL can compare it, which it refuses to do with NUL."""
        prepared = super().get_prep_value(value)
        return prepared.replace("\0", "\ufffd") if isinstance(prepared, str) else prepared

    def deconstruct(self) -> Any:
        """Return the column for migrations, to which it is an ordinary one."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def id_field(prefix: str, separator: str = "_") -> "models.CharField[str, str]":
    """Return a primary key with ids in the vendor's format, which sort by time.

    That needs the C collation, which compares byte by byte.
    """
    # The usual separator is not passed on: migrations would see a change of all ids that have it.
    given = (prefix,) if separator == "_" else (prefix, separator)
    factory: Callable[[], str] = partial(new_id, *given)
    return IdField(
        primary_key=True, max_length=64, default=factory, editable=False, db_collation="C"
    )


def reference_field(**options: Any) -> "models.CharField[str, str]":
    """Return a column for the id of an object that may be deleted before this row.

    It is no foreign key.
    """
    return IdField(max_length=64, db_collation="C", **options)


def dollars_field(default: Decimal | None = None, *, null: bool = False) -> Any:
    """Return a column of dollars, as exact as the costs of runs."""
    options: dict[str, Any] = {"null": True} if null else {}
    if default is not None:
        options["default"] = default
    return models.DecimalField(max_digits=20, decimal_places=12, **options)
