"""Columns of words, and how far they are rebuilt."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchVectorField
from django.db import models

if TYPE_CHECKING:
    _Column = SearchVectorField[Any, Any]
else:
    _Column = SearchVectorField


class WordsField(_Column):
    """A `tsvector` that the app writes itself, from other columns of the row."""

    # PostgreSQL's own parser depends on the server's locale: with C it finds no word that begins
    # with a letter beyond ASCII.

    def __init__(self, words_of: Callable[[Any], str] | None = None, **options: Any) -> None:
        """Create a column. `words_of` returns a row's words as the text of a `tsvector`."""
        self._words_of = words_of
        super().__init__(**options)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the words to write. A save that leaves this column out doesn't change them."""
        if self._words_of is None:
            return super().pre_save(model_instance, add)
        words = self._words_of(model_instance)
        setattr(model_instance, self.attname, words)
        return words

    def deconstruct(self) -> Any:
        """Return the column for migrations, to which it is an ordinary one."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.contrib.postgres.search.SearchVectorField", args, kwargs


class WordsState(models.Model):
    """How far the words of a table are rebuilt after an update that changes them."""

    table = models.CharField(primary_key=True, max_length=32)
    # The version of the words of all rows, 0 for those of PostgreSQL's parser, and the version that
    # rows up to `position` have already.
    version = models.IntegerField()
    rebuilding = models.IntegerField(default=0)
    position = models.CharField(max_length=64, default="", db_collation="C")
    last = models.CharField(max_length=64, default="", db_collation="C")
    rows = models.BigIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "words_state"

    def __str__(self) -> str:
        return self.table
