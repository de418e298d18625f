"""The few column types that all tables share."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models

from assistants_app.domain.ids import new_id


def id_field(prefix: str) -> "models.CharField[str, str]":
    """A primary key of the vendor's form that sorts by time (C collation: byte by byte)."""
    factory: Callable[[], str] = partial(new_id, prefix)
    return models.CharField(
        primary_key=True, max_length=64, default=factory, editable=False, db_collation="C"
    )


def reference_field(**options: Any) -> "models.CharField[str, str]":
    """An id of an object that may be deleted while this row stays: no foreign key."""
    return models.CharField(max_length=64, db_collation="C", **options)
